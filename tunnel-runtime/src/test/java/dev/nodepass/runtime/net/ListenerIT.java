package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class ListenerIT {
  /** Says first who it is, then sends back what it gets. */
  private static Listener.Acceptor echo(int name) {
    return (loop, channel) -> {
      Channels.stage(channel, new Echo());
      channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {(byte) name}));
      channel.config().setAutoRead(true);
    };
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ctx.writeAndFlush(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private static void assertEchoes(Peer peer) throws IOException {
    byte[] said = {1, 2, 3};
    peer.send(said);
    assertArrayEquals(said, peer.receive(3));
  }

  private static Peer greeted(TestLoops net, Listener listener, int name) throws IOException {
    Peer peer = net.dial(listener.port());
    assertArrayEquals(new byte[] {(byte) name}, peer.receive(1));
    return peer;
  }

  private static void awaitRefused(int port) {
    Awaitility.await("refused")
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .atMost(Peer.PATIENCE)
        .untilAsserted(() -> assertThrows(ConnectException.class, () -> Peer.dial(port).close()));
  }

  @ParameterizedTest
  @EnumSource
  void connectionsAreSpreadEvenlyOverAllLoops(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 3)) {
      Queue<Integer> on = new ConcurrentLinkedQueue<>();
      Queue<Boolean> current = new ConcurrentLinkedQueue<>();
      Listener listener =
          net.listen(
              (loop, channel) -> {
                on.add(loop.index());
                current.add(loop.isCurrent() && channel.eventLoop().inEventLoop());
              });

      for (int i = 0; i < 30; i++) {
        net.dial(listener.port());
      }
      Awaitility.await().atMost(Peer.PATIENCE).until(() -> current.size() == 30);

      List<Long> each =
          IntStream.range(0, 3)
              .mapToObj(loop -> on.stream().filter(index -> index == loop).count())
              .toList();
      assertEquals(List.of(10L, 10L, 10L), each);
      assertTrue(current.stream().allMatch(Boolean::booleanValue));
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingEndsListeningAtOnceAndConnectionsGoOn(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 2)) {
      Listener listener = net.listen(echo(1));
      int port = listener.port();
      Peer first = greeted(net, listener, 1);
      Peer second = greeted(net, listener, 1);

      listener.close();

      awaitRefused(port);
      assertEchoes(first);
      first.close();
      net.settle();
      assertEchoes(second);
      second.close();
      net.settle();
      awaitRefused(port);
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingWithoutAnyConnectionEndsListening(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 2)) {
      Listener listener = net.listen(echo(1));
      int port = listener.port();

      listener.close();

      awaitRefused(port);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPortIsListenedOnAnewWhileConnectionsOfBeforeGoOn(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 2)) {
      int port = freePort();
      Listener before = open(net, port, 1);
      Peer old = greeted(net, before, 1);
      before.close();
      awaitRefused(port);

      Listener after = open(net, port, 2);

      greeted(net, after, 2);
      assertEchoes(old);
      old.close();
      net.settle();
      greeted(net, after, 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPortThatIsListenedOnAnewAtOnceIsListenedOnOrTheBindFails(Transport transport)
      throws Exception {
    try (TestLoops net = new TestLoops(transport, 2)) {
      int port = freePort();
      for (int round = 0; round < 50; round++) {
        Listener before = open(net, port, 1);
        greeted(net, before, 1);
        before.close();

        Listener after;
        try {
          after = open(net, port, 2);
        } catch (IOException stillBound) {
          assertTrue(isInUse(stillBound), stillBound::toString);
          awaitRefused(port);
          continue;
        }
        greeted(net, after, 2);
        after.close();
        awaitRefused(port);
      }
    }
  }

  /** The JDK and epoll have different classes for it. */
  private static boolean isInUse(IOException refused) {
    return String.valueOf(refused.getMessage()).contains("Address already in use");
  }

  private static int freePort() throws IOException {
    try (ServerSocket drawn = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return drawn.getLocalPort();
    }
  }

  private static Listener open(TestLoops net, int port, int name) throws Exception {
    return TestLoops.await(
        Listener.open(net.loops(), TestLoops.HOST, port, KeepAlive.DATA, echo(name)));
  }

  @ParameterizedTest
  @EnumSource
  void twoListenersOnDrawnPortsAreApart(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 2)) {
      Listener one = net.listen(echo(1));
      Listener two = net.listen(echo(2));
      assertNotEquals(one.port(), two.port());

      for (int i = 0; i < 4; i++) {
        greeted(net, one, 1);
        greeted(net, two, 2);
      }
      one.close();
      awaitRefused(one.port());
      greeted(net, two, 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPortInUseFailsWithTheErrorOfTheBindAndWorksOnceItIsFree(Transport transport)
      throws Exception {
    try (TestLoops net = new TestLoops(transport, 2)) {
      int port;
      try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = other.getLocalPort();
        IOException refused = assertThrows(IOException.class, () -> open(net, port, 1));
        assertTrue(isInUse(refused), refused::toString);
      }

      greeted(net, open(net, port, 1), 1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDialEndsOnTheLoopThatWasAskedFor(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 3)) {
      Listener listener = net.listen(echo(1));
      Dialer dialer = new Dialer(net.loops(), KeepAlive.DATA, Peer.PATIENCE);

      for (Loop from : net.loops().all()) {
        for (Loop to : net.loops().all()) {
          Queue<Boolean> current = new ConcurrentLinkedQueue<>();
          DuplexChannel dialled =
              TestLoops.await(
                  TestLoops.onLoop(
                      from,
                      () ->
                          dialer
                              .dial(to, TestLoops.HOST, listener.port())
                              .onComplete(done -> current.add(to.isCurrent()))));
          assertEquals(to, net.loops().of(dialled.eventLoop()));
          assertEquals(List.of(true), List.copyOf(current));
          dialled.close();
        }
      }
    }
  }
}
