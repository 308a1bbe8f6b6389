package dev.nodepass.runtime.relay.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.LeakCheck;
import dev.nodepass.runtime.net.Peer;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.TestLoops.Connection;
import dev.nodepass.runtime.net.Transport;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import java.net.SocketException;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class ExchangeIT {
  private static final int LARGEST = 8192;
  private static final byte[] REQUEST = {1, 2, 3};

  private record Told(Exchange.Result result, Buffer answer) {}

  /** A request under way. */
  private static final class Asked {
    private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
    private final Peer client;

    Asked(Connection connection, Duration timeout) throws Exception {
      client = connection.peer();
      connection.onLoop(
          () ->
              Exchange.start(
                  connection.loop(),
                  connection.channel(),
                  Unpooled.copiedBuffer(REQUEST),
                  LARGEST,
                  timeout,
                  (result, answer) -> {
                    told.add(new Told(result, Buffer.buffer(ByteBufUtil.getBytes(answer))));
                    answer.release();
                  }));
    }

    /** The client has read the request, whose end is the end of the stream. */
    void received() throws Exception {
      assertArrayEquals(REQUEST, client.receiveAll());
    }

    byte[] awaitTold(Exchange.Result result) throws Exception {
      Told first = told.poll(Peer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (first == null) {
        throw new TimeoutException("nothing was told");
      }
      assertEquals(result, first.result());
      return first.answer().getBytes();
    }

    void assertToldNoMore() {
      assertTrue(told.isEmpty(), told::toString);
    }
  }

  /** The exchange ends so, after what the client does. */
  private static byte[] ends(
      Transport transport, Exchange.Result result, Duration timeout, ClientSide then)
      throws Exception {
    Asked asked;
    byte[] answer;
    try (TestLoops net = new TestLoops(transport, 1)) {
      asked = new Asked(net.connections().next(), timeout);
      asked.received();
      then.run(net, asked.client);
      answer = asked.awaitTold(result);
    }
    asked.assertToldNoMore();
    return answer;
  }

  @FunctionalInterface
  private interface ClientSide {
    void run(TestLoops net, Peer client) throws Exception;
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(1).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerInPiecesIsOneAnswer(Transport transport) throws Exception {
    byte[] answer = bytes(LARGEST);

    byte[] told =
        ends(
            transport,
            Exchange.Result.ANSWERED,
            Peer.PATIENCE,
            (net, client) -> {
              for (int from = 0; from < answer.length; from += answer.length / 4) {
                client.send(Arrays.copyOfRange(answer, from, from + answer.length / 4));
                net.settle();
              }
              client.close();
            });

    assertArrayEquals(answer, told);
  }

  @ParameterizedTest
  @EnumSource
  void anAnswerWithTheEndAloneIsWhole(Transport transport) throws Exception {
    byte[] told =
        ends(
            transport,
            Exchange.Result.ANSWERED,
            Peer.PATIENCE,
            (net, client) -> {
              client.send(bytes(10));
              client.finish();
              assertEquals(0, client.receiveAll().length);
            });

    assertArrayEquals(bytes(10), told);
  }

  @ParameterizedTest
  @EnumSource
  void noAnswerInTimeIsNone(Transport transport) throws Exception {
    ends(
        transport,
        Exchange.Result.NONE,
        Duration.ofMillis(50),
        (net, client) -> assertEquals(0, client.receiveAll().length));
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatOnlyClosesGivesNone(Transport transport) throws Exception {
    ends(transport, Exchange.Result.NONE, Peer.PATIENCE, (net, client) -> client.close());
  }

  @ParameterizedTest
  @EnumSource
  void oneByteTooManyIsTooLarge(Transport transport) throws Exception {
    ends(
        transport,
        Exchange.Result.TOO_LARGE,
        Peer.PATIENCE,
        (net, client) -> client.send(bytes(LARGEST + 1)));
  }

  @ParameterizedTest
  @EnumSource
  void manyBytesTooManyAreTooLargeOnce(Transport transport) throws Exception {
    ends(
        transport,
        Exchange.Result.TOO_LARGE,
        Peer.PATIENCE,
        (net, client) -> {
          try {
            client.send(bytes(50 * LARGEST));
          } catch (SocketException cutShort) {
            // The exchange closes as soon as it is too much; the rest of the write meets a reset.
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aBreakIsToldAsBroken(Transport transport) throws Exception {
    ends(transport, Exchange.Result.BROKEN, Peer.PATIENCE, (net, client) -> client.reset());
  }

  @ParameterizedTest
  @EnumSource
  void aBreakAmidTheAnswerIsToldAsBroken(Transport transport) throws Exception {
    ends(
        transport,
        Exchange.Result.BROKEN,
        Peer.PATIENCE,
        (net, client) -> {
          client.send(bytes(10));
          net.settle();
          client.reset();
        });
  }
}
