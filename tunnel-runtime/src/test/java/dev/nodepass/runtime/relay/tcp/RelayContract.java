package dev.nodepass.runtime.relay.tcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.LeakCheck;
import dev.nodepass.runtime.net.Peer;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.relay.tcp.RandomBytes.Passed;
import dev.nodepass.runtime.relay.tcp.Rig.Arrangement;
import dev.nodepass.runtime.relay.tcp.Rig.End;
import dev.nodepass.runtime.relay.tcp.Rig.Pair;
import dev.nodepass.runtime.relay.tcp.Rig.Side;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a relay promises, on whatever transport, its legs on one loop or on two. */
@ExtendWith(LeakCheck.class)
abstract class RelayContract {
  private static final int MIB = 1024 * 1024;

  /**
   * How far a relay may read ahead of a reader: what it holds itself, and what the kernel holds of
   * its sink and for the reader.
   */
  private static final int FARTHEST_AHEAD = 8 * MIB;

  /** Where a test bounds memory, its own sockets are to take little. */
  private static final int SMALL_BUFFERS = 256 * 1024;

  private static final int LONG = 64 * MIB;
  private static final int SHORT = 100_000;

  private final Transport transport;
  private Rig rig;

  @SuppressWarnings("NullAway.Init") // Made anew for each test.
  RelayContract(Transport transport) {
    this.transport = transport;
  }

  @BeforeEach
  void openRig() throws Exception {
    rig = new Rig(transport);
  }

  @AfterEach
  void closeRig() throws Exception {
    rig.close();
  }

  /** Both arrangements, each with both sides in the first role. */
  static Stream<Arguments> sides() {
    return Arrays.stream(Arrangement.values())
        .flatMap(on -> Arrays.stream(Side.values()).map(side -> Arguments.of(on, side)));
  }

  /** Both arrangements, with each side as sender and each as the one that resets. */
  static Stream<Arguments> sendersAndResetters() {
    return sides()
        .flatMap(
            given ->
                Arrays.stream(Side.values())
                    .map(side -> Arguments.of(given.get()[0], given.get()[1], side)));
  }

  // ---- bytes

  @ParameterizedTest
  @EnumSource
  void bytesArriveWholeAndInOrderBothWaysAtOnce(Arrangement on) throws Exception {
    Pair pair = rig.open(on);

    Future<Passed> sentUp = rig.async(() -> sendAndFinish(pair.user(), LONG, 1));
    Future<Passed> sentDown = rig.async(() -> sendAndFinish(pair.service(), LONG, 2));
    Future<Passed> receivedUp = rig.async(() -> RandomBytes.receive(pair.service().input()));
    Passed receivedDown = RandomBytes.receive(pair.user().input());

    assertEquals(TestLoops.await(sentDown), receivedDown);
    assertEquals(TestLoops.await(sentUp), TestLoops.await(receivedUp));
    assertEquals(new End(Outcome.COMPLETE, LONG, LONG), pair.end());
    assertEquals(LONG, pair.passedFrom(Side.USER));
    assertEquals(LONG, pair.passedFrom(Side.SERVICE));
  }

  private static Passed sendAndFinish(Peer from, long length, long seed) throws IOException {
    Passed sent = RandomBytes.send(length, seed, from.output(), new AtomicLong());
    from.finish();
    return sent;
  }

  @ParameterizedTest
  @EnumSource
  void smallMessagesAreAnsweredOneByOne(Arrangement on) throws Exception {
    Pair pair = rig.open(on);

    for (int i = 0; i < 200; i++) {
      byte[] message = RandomBytes.of(1 + i, i);
      pair.user().send(message);
      assertArrayEquals(message, pair.service().receive(message.length));
      pair.service().send(message);
      assertArrayEquals(message, pair.user().receive(message.length));
    }
  }

  // ---- half-close

  @ParameterizedTest
  @MethodSource("sides")
  void oneDirectionEndsAndTheOtherGoesOn(Arrangement on, Side first) throws Exception {
    Pair pair = rig.open(on);
    Peer near = pair.end(first);
    Peer far = pair.end(first.other());
    byte[] request = RandomBytes.of(SHORT, 1);
    byte[] answer = RandomBytes.of(SHORT, 2);

    near.send(request);
    near.finish();
    assertArrayEquals(request, far.receiveAll());
    far.send(answer);
    far.finish();
    assertArrayEquals(answer, near.receiveAll());

    assertEquals(new End(Outcome.COMPLETE, SHORT, SHORT), pair.end());
  }

  @ParameterizedTest
  @MethodSource("sides")
  void anEndWithoutBytesIsPassedOn(Arrangement on, Side first) throws Exception {
    Pair pair = rig.open(on);
    Peer near = pair.end(first);
    Peer far = pair.end(first.other());

    near.finish();
    assertEquals(0, far.receiveAll().length);
    far.finish();
    assertEquals(0, near.receiveAll().length);

    assertEquals(new End(Outcome.COMPLETE, 0, 0), pair.end());
  }

  // ---- what came before the start

  @ParameterizedTest
  @EnumSource
  void bytesAndEndsFromBeforeTheStartArePassedOn(Arrangement on) throws Exception {
    Pair pair = rig.prepare(on);
    byte[] up = RandomBytes.of(SHORT, 1);
    byte[] down = RandomBytes.of(10_000, 2);

    pair.user().send(up);
    pair.user().finish();
    pair.service().send(down);
    pair.service().finish();
    rig.settle();
    pair.start();

    assertArrayEquals(up, pair.service().receiveAll());
    assertArrayEquals(down, pair.user().receiveAll());
    assertEquals(new End(Outcome.COMPLETE, up.length, down.length), pair.end());
  }

  @ParameterizedTest
  @MethodSource("sides")
  void anEndWithoutBytesFromBeforeTheStartIsPassedOn(Arrangement on, Side first) throws Exception {
    Pair pair = rig.prepare(on);
    Peer near = pair.end(first);
    Peer far = pair.end(first.other());

    near.finish();
    rig.settle();
    pair.start();

    assertEquals(0, far.receiveAll().length);
    far.send(new byte[] {1, 2, 3});
    assertArrayEquals(new byte[] {1, 2, 3}, near.receive(3));
    far.finish();
    assertEquals(0, near.receiveAll().length);
    assertEquals(Outcome.COMPLETE, pair.end().outcome());
  }

  @ParameterizedTest
  @MethodSource("sides")
  void aResetFromBeforeTheStartIsPassedOnAsAReset(Arrangement on, Side broken) throws Exception {
    Pair pair = rig.prepare(on);

    pair.end(broken).reset();
    rig.settle();
    pair.start();

    pair.end(broken.other()).awaitReset();
    assertEquals(broken.whenReset(), pair.end().outcome());
  }

  @ParameterizedTest
  @MethodSource("sides")
  void bytesAndAResetFromBeforeTheStartArePassedOnAsAReset(Arrangement on, Side broken)
      throws Exception {
    Pair pair = rig.prepare(on);

    pair.end(broken).send(RandomBytes.of(SHORT, 1));
    rig.settle();
    pair.end(broken).reset();
    rig.settle();
    pair.start();

    pair.end(broken.other()).awaitReset();
    assertEquals(broken.whenReset(), pair.end().outcome());
  }

  // ---- reset

  @ParameterizedTest
  @MethodSource("sides")
  void aResetIsPassedOn(Arrangement on, Side broken) throws Exception {
    Pair pair = rig.open(on);
    Peer near = pair.end(broken);
    Peer far = pair.end(broken.other());
    near.send(new byte[] {1});
    assertArrayEquals(new byte[] {1}, far.receive(1));

    near.reset();

    far.awaitReset();
    End end = pair.end();
    assertEquals(broken.whenReset(), end.outcome());
    assertEquals(1, end.up() + end.down());
  }

  @ParameterizedTest
  @MethodSource("sides")
  void aResetBehindTheOwnEndIsPassedOnAtTheNextWrite(Arrangement on, Side broken) throws Exception {
    Pair pair = rig.open(on);
    Peer near = pair.end(broken);
    Peer far = pair.end(broken.other());

    near.finish();
    assertEquals(0, far.receiveAll().length);
    near.reset();

    assertThrows(SocketException.class, () -> sendForEver(far));
    assertEquals(broken.whenReset(), pair.end().outcome());
  }

  private static void sendForEver(Peer from) throws IOException {
    byte[] block = new byte[64 * 1024];
    while (true) {
      from.send(block);
    }
  }

  @ParameterizedTest
  @MethodSource("sendersAndResetters")
  void aResetAmidMuchDataIsPassedOn(Arrangement on, Side sender, Side broken) throws Exception {
    Pair pair = rig.open(on);
    Peer from = pair.end(sender);
    Peer to = pair.end(sender.other());

    Future<Boolean> sending =
        rig.async(
            () -> {
              assertThrows(SocketException.class, () -> sendForEver(from));
              return true;
            });
    assertEquals(MIB, to.receive(MIB).length);
    pair.end(broken).reset();

    if (broken == sender) {
      to.awaitReset();
    }
    assertTrue(TestLoops.await(sending));
    assertEquals(broken.whenReset(), pair.end().outcome());
  }

  // ---- back-pressure

  @ParameterizedTest
  @MethodSource("sides")
  void aSlowReaderHoldsTheSenderBackAndLosesNothing(Arrangement on, Side sender) throws Exception {
    Pair pair = rig.open(on, SMALL_BUFFERS);
    Peer from = pair.end(sender);
    RandomBytes.Reader reader = new RandomBytes.Reader(pair.end(sender.other()).input());
    AtomicLong sent = new AtomicLong();
    Future<Passed> sending =
        rig.async(
            () -> {
              Passed all = RandomBytes.send(LONG, 1, from.output(), sent);
              from.finish();
              return all;
            });

    while (reader.length() < 4 * MIB) {
      reader.more();
    }
    long standstill = awaitStandstill(sent);
    assertTrue(standstill < LONG, "the sender was not held back");
    assertBehindTheSource(pair.passedFrom(sender) - reader.length());
    for (long paced = reader.length(); reader.more(); ) {
      if (reader.length() - paced > MIB) {
        paced = reader.length();
        Thread.sleep(5);
      }
    }

    assertEquals(TestLoops.await(sending), reader.toEnd());
  }

  /**
   * The relay has read little more than it could pass on. What the kernel keeps before the relay is
   * not counted here: Linux lets that grow up to the third number of tcp_rmem (tcp(7)), which is
   * the machine's affair.
   */
  private static void assertBehindTheSource(long bytes) {
    assertTrue(bytes < FARTHEST_AHEAD, () -> "the relay is " + bytes + " bytes ahead");
  }

  /** Waits until it has not grown for a while. */
  private static long awaitStandstill(AtomicLong progress) {
    AtomicLong last = new AtomicLong(-1);
    Awaitility.await("standstill")
        .pollInterval(Duration.ofMillis(50))
        .during(Duration.ofMillis(500))
        .atMost(Peer.PATIENCE)
        .until(
            () -> {
              long now = progress.get();
              return last.getAndSet(now) == now;
            });
    return progress.get();
  }

  /** How much a held-back source that ends its stream may bring into memory, in bytes. */
  abstract long readAheadAtTheEnd() throws Exception;

  @ParameterizedTest
  @MethodSource("sides")
  void theEndOfTheStreamMakesTheRelayReadNoMoreThanItsBound(Arrangement on, Side sender)
      throws Exception {
    Pair pair = rig.open(on, SMALL_BUFFERS);
    Peer from = pair.end(sender);
    Peer to = pair.end(sender.other());
    // So that the kernel makes the receive buffer of the relay's source large.
    Future<Passed> warming =
        rig.async(() -> RandomBytes.send(LONG / 2, 1, from.output(), new AtomicLong()));
    assertEquals(LONG / 2, to.receive(LONG / 2).length);
    TestLoops.await(warming);
    // Until the relay reads no more.
    long sent = LONG / 2;
    byte[] block = new byte[64 * 1024];
    do {
      from.send(block);
      sent += block.length;
    } while (reads(pair, sender, sent));

    long before = pair.passedFrom(sender);
    // Aside: where the kernel kept its buffers small this waits until the reader takes some.
    Future<Boolean> rest =
        rig.async(
            () -> {
              from.send(new byte[MIB]);
              from.finish();
              return true;
            });
    rig.settle();

    long ahead = pair.passedFrom(sender) - before;
    long bound = readAheadAtTheEnd();
    assertTrue(ahead <= bound, () -> ahead + " bytes were read though nobody takes them");
    long all = sent + MIB;
    assertEquals(all - LONG / 2, to.receiveAll().length);
    assertTrue(TestLoops.await(rest));
  }

  /** True when the relay has read that many soon. */
  private static boolean reads(Pair pair, Side sender, long sent) {
    try {
      Awaitility.await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(1))
          .atMost(Duration.ofMillis(300))
          .until(() -> pair.passedFrom(sender) == sent);
      return true;
    } catch (ConditionTimeoutException heldBack) {
      return false;
    }
  }

  @ParameterizedTest
  @MethodSource("sides")
  void cuttingResetsBothEndsThoughTheReaderIsStuck(Arrangement on, Side sender) throws Exception {
    Pair pair = rig.open(on, SMALL_BUFFERS);
    Peer from = pair.end(sender);
    AtomicLong sent = new AtomicLong();
    Future<Boolean> sending =
        rig.async(
            () -> {
              assertThrows(
                  SocketException.class,
                  () -> RandomBytes.send(Long.MAX_VALUE, 1, from.output(), sent));
              return true;
            });
    awaitStandstill(sent);
    assertBehindTheSource(pair.passedFrom(sender));

    pair.cut();

    pair.end(sender.other()).awaitReset();
    assertTrue(TestLoops.await(sending));
    End end = pair.end();
    assertEquals(Outcome.CUT, end.outcome());
    assertEquals(pair.passedFrom(Side.USER), end.up());
    assertEquals(pair.passedFrom(Side.SERVICE), end.down());
  }

  @ParameterizedTest
  @MethodSource("sides")
  void theResetOfASenderThatIsHeldBackIsPassedOnWhenTheReaderReads(Arrangement on, Side sender)
      throws Exception {
    Pair pair = rig.open(on, SMALL_BUFFERS);
    Peer from = pair.end(sender);
    AtomicLong sent = new AtomicLong();
    Future<Boolean> sending =
        rig.async(
            () -> {
              assertThrows(
                  SocketException.class,
                  () -> RandomBytes.send(Long.MAX_VALUE, 1, from.output(), sent));
              return true;
            });
    awaitStandstill(sent);

    from.reset();

    pair.end(sender.other()).awaitReset();
    assertTrue(TestLoops.await(sending));
    assertEquals(sender.whenReset(), pair.end().outcome());
  }

  @ParameterizedTest
  @EnumSource
  void cuttingAnIdleRelayResetsBothEnds(Arrangement on) throws Exception {
    Pair pair = rig.open(on);

    pair.cut();
    pair.cut();

    pair.user().awaitReset();
    pair.service().awaitReset();
    assertEquals(new End(Outcome.CUT, 0, 0), pair.end());
  }

  // ---- many

  @ParameterizedTest
  @EnumSource
  void threeHundredRelaysAtOnceKeepTheirBytesApart(Arrangement on) throws Exception {
    int many = 300;
    int length = 64 * 1024;
    rig.startAtOnce(on);
    Future<Boolean> echoing = rig.async(() -> echoEachInItsOwnThread(many));
    List<Peer> users = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      users.add(rig.user());
    }
    Awaitility.await("all relays run").atMost(Peer.PATIENCE).until(() -> rig.started() == many);

    List<Future<byte[]>> answers = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      Peer user = users.get(i);
      byte[] said = RandomBytes.of(length, i);
      answers.add(
          rig.async(
              () -> {
                user.send(said);
                user.finish();
                return user.receiveAll();
              }));
    }

    for (int i = 0; i < many; i++) {
      assertArrayEquals(RandomBytes.of(length, i), TestLoops.await(answers.get(i)));
    }
    assertTrue(TestLoops.await(echoing));
    for (End end : rig.ends()) {
      assertEquals(new End(Outcome.COMPLETE, length, length), end);
    }
  }

  private boolean echoEachInItsOwnThread(int many) throws Exception {
    for (int i = 0; i < many; i++) {
      Peer accepted = rig.acceptAtService();
      rig.async(
          () -> {
            echo(accepted);
            return true;
          });
    }
    return true;
  }

  private static void echo(Peer peer) throws IOException {
    peer.send(peer.receiveAll());
    peer.finish();
  }

  @ParameterizedTest
  @EnumSource
  void twoThousandShortRelaysInARowAllComplete(Arrangement on) throws Exception {
    int many = 2_000;
    rig.startAtOnce(on);
    Future<Boolean> echoing =
        rig.async(
            () -> {
              for (int i = 0; i < many; i++) {
                try (Peer accepted = rig.acceptAtService()) {
                  echo(accepted);
                }
              }
              return true;
            });

    for (int i = 0; i < many; i++) {
      byte[] said = RandomBytes.of(16, i);
      try (Peer user = rig.user()) {
        user.send(said);
        user.finish();
        assertArrayEquals(said, user.receiveAll());
      }
    }

    assertTrue(TestLoops.await(echoing));
    List<End> ends = rig.ends();
    assertEquals(many, ends.size());
    for (End end : ends) {
      assertEquals(new End(Outcome.COMPLETE, 16, 16), end);
    }
  }

  // ---- sockets

  @ParameterizedTest
  @EnumSource
  void bothLegsSendAtOnceAndProbeSilentPeers(Arrangement on) throws Exception {
    Pair pair = rig.open(on);

    for (DuplexChannel leg : List.of(pair.legs().user(), pair.legs().service())) {
      assertEquals(true, leg.config().getOption(ChannelOption.TCP_NODELAY));
      assertEquals(true, leg.config().getOption(ChannelOption.SO_KEEPALIVE));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLegsAreOnTheLoopsThatTheTestMeans(Arrangement on) throws Exception {
    Pair pair = rig.open(on);

    boolean shared = pair.legs().user().eventLoop() == pair.legs().service().eventLoop();
    assertEquals(on == Arrangement.ONE_LOOP, shared);
  }
}
