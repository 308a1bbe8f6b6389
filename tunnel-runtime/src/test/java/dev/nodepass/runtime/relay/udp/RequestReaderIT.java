package dev.nodepass.runtime.relay.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.EarlyBytes;
import dev.nodepass.runtime.net.LeakCheck;
import dev.nodepass.runtime.net.Peer;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.TestLoops.Connection;
import dev.nodepass.runtime.net.TestLoops.Connections;
import dev.nodepass.runtime.net.Transport;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class RequestReaderIT {
  private static final int LARGEST = 8192;

  private record Told(RequestReader.Result result, Buffer request) {}

  /** A request that is awaited. */
  private static final class Reading {
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final Connection connection;

    Reading(Connection connection, Duration timeout, byte[]... early) throws Exception {
      this(connection, timeout, false, early);
    }

    Reading(Connection connection, Duration timeout, boolean inputEnded, byte[]... early)
        throws Exception {
      this(
          connection,
          timeout,
          () -> new Early(Arrays.stream(early).map(Unpooled::copiedBuffer).toList(), inputEnded));
    }

    Reading(Connection connection, Duration timeout, Early.Source early) throws Exception {
      this.connection = connection;
      connection.onLoop(
          () ->
              RequestReader.start(
                  connection.loop(),
                  connection.channel(),
                  early.take(),
                  LARGEST,
                  timeout,
                  (result, request) -> {
                    told.add(new Told(result, Buffer.buffer(ByteBufUtil.getBytes(request))));
                    request.release();
                  }));
    }

    Peer server() {
      return connection.peer();
    }

    byte[] awaitTold(RequestReader.Result result) throws Exception {
      Told first = told.poll(Peer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (first == null) {
        throw new TimeoutException("nothing was told");
      }
      assertEquals(result, first.result());
      assertTrue(told.isEmpty(), told::toString);
      return first.request().getBytes();
    }

    void assertOpenForTheAnswer() throws Exception {
      connection.onLoop(
          () -> {
            connection.channel().writeAndFlush(Unpooled.wrappedBuffer(new byte[] {7}));
          });
      assertArrayEquals(new byte[] {7}, server().receive(1));
    }
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(1).nextBytes(bytes);
    return bytes;
  }

  private static List<byte[]> quarters(byte[] whole) {
    int length = whole.length / 4;
    return List.of(
        Arrays.copyOfRange(whole, 0, length),
        Arrays.copyOfRange(whole, length, 2 * length),
        Arrays.copyOfRange(whole, 2 * length, 3 * length),
        Arrays.copyOfRange(whole, 3 * length, whole.length));
  }

  @ParameterizedTest
  @EnumSource
  void aRequestIsWholeAtTheEndOfTheStream(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Reading reading = new Reading(net.connections().next(), Peer.PATIENCE);

      reading.server().send(bytes(LARGEST));
      reading.server().finish();

      assertArrayEquals(bytes(LARGEST), reading.awaitTold(RequestReader.Result.WHOLE));
      reading.assertOpenForTheAnswer();
    }
  }

  @ParameterizedTest
  @EnumSource
  void piecesThatComeQuicklyAreOneRequestWithTheEndOrWithout(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Connections connections = net.connections();
      for (boolean withEnd : new boolean[] {true, false}) {
        // A busy machine may be too slow to send them within the time: then that says nothing.
        boolean inTime = false;
        for (int attempt = 0; !inTime && attempt < 100; attempt++) {
          Reading reading = new Reading(connections.next(), Peer.PATIENCE);
          long began = System.nanoTime();
          for (byte[] piece : quarters(bytes(LARGEST))) {
            reading.server().send(piece);
          }
          if (withEnd) {
            reading.server().finish();
          }
          inTime = System.nanoTime() - began < RequestReader.QUIET.toNanos();
          if (inTime) {
            assertArrayEquals(bytes(LARGEST), reading.awaitTold(RequestReader.Result.WHOLE));
            reading.assertOpenForTheAnswer();
          }
        }
        assertTrue(inTime, "never in time");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void earlyBytesBelongToTheRequest(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Connections connections = net.connections();
      List<byte[]> quarters = quarters(bytes(LARGEST));

      Early first =
          new Early(quarters.subList(0, 3).stream().map(Unpooled::copiedBuffer).toList(), false);
      EarlyBytes waiting = new EarlyBytes(first, () -> {});
      Connection connection = connections.next();
      connection.onLoop(() -> Channels.stage(connection.channel(), waiting));
      // The end is there before the reader is, so that the quiet time does not matter.
      connection.peer().send(quarters.get(3));
      connection.peer().finish();
      net.settle();
      Reading reading = new Reading(connection, Peer.PATIENCE, waiting);

      assertArrayEquals(bytes(LARGEST), reading.awaitTold(RequestReader.Result.WHOLE));
      reading.assertOpenForTheAnswer();
    }
  }

  @ParameterizedTest
  @EnumSource
  void earlyBytesAloneAreWhole(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Connections connections = net.connections();
      for (boolean ended : new boolean[] {true, false}) {
        Reading reading =
            new Reading(connections.next(), Peer.PATIENCE, ended, bytes(10), bytes(20));

        assertEquals(30, reading.awaitTold(RequestReader.Result.WHOLE).length);
        reading.assertOpenForTheAnswer();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void moreThanTheLargestClosesTheConnection(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Connections connections = net.connections();
      Reading sent = new Reading(connections.next(), Peer.PATIENCE);
      sent.server().send(bytes(LARGEST + 1));
      assertEquals(0, sent.awaitTold(RequestReader.Result.TOO_LARGE).length);
      assertEquals(0, sent.server().receiveAll().length);

      Reading early =
          new Reading(connections.next(), Peer.PATIENCE, bytes(LARGEST), bytes(1), bytes(1));
      assertEquals(0, early.awaitTold(RequestReader.Result.TOO_LARGE).length);
      assertEquals(0, early.server().receiveAll().length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void nothingInTimeIsNone(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Reading reading = new Reading(net.connections().next(), Duration.ofMillis(50));

      assertEquals(0, reading.awaitTold(RequestReader.Result.NONE).length);
      assertEquals(0, reading.server().receiveAll().length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEndWithoutBytesIsNone(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Connections connections = net.connections();
      Reading sent = new Reading(connections.next(), Peer.PATIENCE);
      sent.server().finish();
      sent.awaitTold(RequestReader.Result.NONE);

      Reading early = new Reading(connections.next(), Peer.PATIENCE, true);
      early.awaitTold(RequestReader.Result.NONE);
      assertEquals(0, early.server().receiveAll().length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBreakBeforeAnyByteIsNone(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Reading reading = new Reading(net.connections().next(), Peer.PATIENCE);

      reading.server().reset();

      reading.awaitTold(RequestReader.Result.NONE);
    }
  }
}
