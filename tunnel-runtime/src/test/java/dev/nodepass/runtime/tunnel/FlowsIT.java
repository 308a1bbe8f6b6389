package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;

/** UDP as sessions: protocol 2's flows, from user to service and back. */
final class FlowsIT extends Programs {
  private static final String KEY = Protocol2Contract.KEY;

  private TestTunnel server;
  private Passage passage;

  @SuppressWarnings("NullAway.Init") // open() comes first in every test.
  FlowsIT() {}

  private int open(int servicePort, Map<String, String> environment) throws Exception {
    server =
        closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://" + KEY + "@127.0.0.1:0/127.0.0.1:0?mode=reverse",
                    environment)
                .awaitUp());
    passage = closing(Passage.to(server.tunnelPort()));
    closing(
            TestTunnel.of(
                Transport.usual(),
                "client://%s@127.0.0.1:%d/127.0.0.1:%d".formatted(KEY, passage.port(), servicePort),
                environment))
        .awaitReady();
    server.awaitReady();
    return server.targetPort();
  }

  /** Answers with the source port that it sees, then what it got. */
  private DatagramService portTeller() throws IOException {
    return closing(
        new DatagramService(
            (service, payload, from) -> {
              byte[] answer = new byte[4 + payload.length];
              ByteBuffer.wrap(answer).putInt(from.getPort()).put(payload);
              service.send(answer, from);
            }));
  }

  /** Asks until there is an answer: the kernel may drop datagrams where a buffer is full. */
  private static byte[] ask(DatagramSocket user, int target, byte[] what) throws IOException {
    DatagramPacket answer = new DatagramPacket(new byte[65_535], 65_535);
    for (int tries = 0; tries < 5; tries++) {
      user.setSoTimeout(3_000);
      user.send(new DatagramPacket(what, what.length, User.address(target)));
      try {
        do {
          user.receive(answer);
        } while (answer.getLength() < 4 + what.length
            || !Arrays.equals(what, Arrays.copyOfRange(answer.getData(), 4, 4 + what.length)));
        return Arrays.copyOf(answer.getData(), answer.getLength());
      } catch (SocketTimeoutException lost) {
        // Once more.
      }
    }
    throw new AssertionError("no answer in five tries");
  }

  @Test
  void aThousandUsersAtOnceEachHaveOnePortAtTheService() throws Exception {
    DatagramService service = portTeller();
    int target = open(service.port(), Map.of());
    Set<Integer> ports = new HashSet<>();
    List<DatagramSocket> users = new ArrayList<>();
    List<Callable<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      DatagramSocket user = closing(new DatagramSocket());
      users.add(user);
      byte[] sent = ByteBuffer.allocate(4).putInt(i).array();
      all.add(
          () -> {
            int first = ByteBuffer.wrap(ask(user, target, sent)).getInt();
            for (int again = 0; again < 3; again++) {
              assertEquals(first, ByteBuffer.wrap(ask(user, target, sent)).getInt());
            }
            return first;
          });
    }
    try (ExecutorService threads = threads()) {
      for (Future<Integer> port : threads.invokeAll(all)) {
        assertTrue(ports.add(port.get()), "two users have one port");
      }
    }
    assertEquals(1_000, server.status().running());
    // All of them once more, now that there are a thousand.
    for (int i = 0; i < 1_000; i++) {
      int port =
          ByteBuffer.wrap(ask(users.get(i), target, ByteBuffer.allocate(4).putInt(i).array()))
              .getInt();
      assertTrue(ports.contains(port));
    }
    assertEquals(ports, service.sources());
  }

  @Test
  void theServiceAnswersAtAnyTimeAndAsOftenAsItLikes() throws Exception {
    BlockingQueue<InetSocketAddress> users = new LinkedBlockingQueue<>();
    DatagramService service =
        closing(
            new DatagramService(
                (own, payload, from) -> {
                  users.add(from);
                  for (byte i = 0; i < 5; i++) {
                    own.send(new byte[] {i}, from);
                  }
                }));
    int target = open(service.port(), Map.of("UDP_READ_TIMEOUT", "50ms"));
    try (DatagramSocket user = new DatagramSocket()) {
      user.setSoTimeout(10_000);
      user.send(new DatagramPacket(new byte[] {9}, 1, User.address(target)));
      DatagramPacket answer = new DatagramPacket(new byte[16], 16);
      for (byte i = 0; i < 5; i++) {
        user.receive(answer);
        assertEquals(i, answer.getData()[0]);
      }
      // Long after, unasked. The time is what this test is about.
      InetSocketAddress seen = users.take();
      long began = System.nanoTime();
      await()
          .pollDelay(Duration.ofSeconds(2))
          .until(() -> System.nanoTime() - began > Duration.ofSeconds(2).toNanos());
      service.send(new byte[] {42, 42}, seen);
      user.receive(answer);
      assertEquals(2, answer.getLength());
    }
  }

  /** As WireGuard does it: both sides send as they like, here three answers for each datagram. */
  @Test
  void aStreamBothWaysWithMoreAnswersThanRequestsLosesNothing() throws Exception {
    DatagramService service =
        closing(
            new DatagramService(
                (own, payload, from) -> {
                  for (byte copy = 0; copy < 3; copy++) {
                    payload[payload.length - 1] = copy;
                    own.send(payload, from);
                  }
                }));
    int target = open(service.port(), Map.of());
    int count = 5_000;
    Map<Integer, Integer> heard = new HashMap<>();
    try (DatagramSocket user = new DatagramSocket()) {
      user.setSoTimeout(10_000);
      user.setReceiveBufferSize(4 << 20);
      DatagramPacket answer = new DatagramPacket(new byte[2_000], 2_000);
      int complete = 0;
      for (int sent = 0; complete < count; ) {
        // As many under way as fit into the kernel's buffers at their default size.
        while (sent < count && sent - complete < 32) {
          byte[] payload = ByteBuffer.allocate(1_400).putInt(sent++).array();
          user.send(new DatagramPacket(payload, payload.length, User.address(target)));
        }
        user.receive(answer);
        assertEquals(1_400, answer.getLength());
        int number = ByteBuffer.wrap(answer.getData()).getInt();
        complete += heard.merge(number, 1, Integer::sum) == 3 ? 1 : 0;
      }
    }
    assertEquals(count, heard.size());
    assertTrue(heard.values().stream().allMatch(times -> times == 3));
  }

  @Test
  void aLaneThatIsStuckStopsNoFlowOfAnotherAndDropsItsOwn() throws Exception {
    DatagramService service = portTeller();
    int target = open(service.port(), Map.of("NODEPASS_LANES", "2"));
    Passage.Connection first = laneOf(closing(new DatagramSocket()), target);
    DatagramSocket stuck = closing(new DatagramSocket());
    Passage.Connection lane = laneOf(stuck, target);
    DatagramSocket free = closing(new DatagramSocket());
    for (int tries = 0; laneOf(free, target) == lane; tries++) {
      assertTrue(tries < 64, "64 users in a row on the same lane of two");
      free = closing(new DatagramSocket());
    }
    assertNotEquals(null, first);
    lane.hold(true);
    byte[] large = new byte[60_000];
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              stuck.send(new DatagramPacket(large, large.length, User.address(target)));
              return server.counter("nodepass.udp.dropped", "reason", "lane_full") > 0;
            });
    for (int i = 0; i < 100; i++) {
      ask(free, target, new byte[] {1, (byte) i});
    }
    lane.hold(false);
    // It goes on, since nothing was queued without bound.
    ask(stuck, target, new byte[] {7});
  }

  /** The connection through which a user's datagrams go: the one that moves most when they do. */
  private Passage.Connection laneOf(DatagramSocket user, int target) throws IOException {
    ask(user, target, new byte[] {0});
    Map<Passage.Connection, Long> before = new HashMap<>();
    passage.connections().forEach(c -> before.put(c, c.passed()));
    byte[] much = User.bytes(20_000, 1);
    ask(user, target, much);
    return passage.connections().stream()
        .max(Comparator.comparingLong(c -> c.passed() - before.getOrDefault(c, 0L)))
        .orElseThrow();
  }

  @Test
  void aSilentFlowEndsAndTheNextDatagramOpensAnother() throws Exception {
    DatagramService service = portTeller();
    int target = open(service.port(), Map.of("UDP_SESSION_TIMEOUT", "300ms"));
    DatagramSocket user = closing(new DatagramSocket());
    int first = ByteBuffer.wrap(ask(user, target, new byte[] {1})).getInt();
    await().atMost(Duration.ofSeconds(10)).until(() -> server.status().running() == 0);
    int second = ByteBuffer.wrap(ask(user, target, new byte[] {2})).getInt();
    assertNotEquals(first, second);
    assertEquals(2, server.status().total());
  }

  @Test
  void usersBeyondTheLimitAreDroppedAndCounted() throws Exception {
    DatagramService service = portTeller();
    int target = open(service.port(), Map.of("SEMAPHORE_LIMIT", "2"));
    ask(closing(new DatagramSocket()), target, new byte[] {1});
    ask(closing(new DatagramSocket()), target, new byte[] {2});
    DatagramSocket third = closing(new DatagramSocket());
    third.send(new DatagramPacket(new byte[] {3}, 1, User.address(target)));
    await()
        .atMost(Duration.ofSeconds(15))
        .until(() -> server.counter("nodepass.udp.dropped", "reason", "no_connection") == 1);
    assertEquals(2, service.sources().size());
  }

  /** Not the minute for which it might be silent otherwise. */
  @Test
  void aSilentFlowHoldsUpADrainNoLongerThanAnAnswerMayTake() throws Exception {
    DatagramService service = portTeller();
    int target = open(service.port(), Map.of("UDP_READ_TIMEOUT", "1s", "SHUTDOWN_TIMEOUT", "60s"));
    ask(closing(new DatagramSocket()), target, new byte[] {1});
    assertEquals(1, server.status().running());
    io.vertx.core.Future<Integer> exit = server.stop();
    await().atMost(Duration.ofSeconds(10)).until(exit::isComplete);
    assertEquals(0, exit.result());
  }

  @Test
  void aFlowThatSpeaksGoesOnWhileTheServerDrains() throws Exception {
    DatagramService service = portTeller();
    int target = open(service.port(), Map.of("UDP_READ_TIMEOUT", "1s", "SHUTDOWN_TIMEOUT", "60s"));
    DatagramSocket user = closing(new DatagramSocket());
    int first = ByteBuffer.wrap(ask(user, target, new byte[] {1})).getInt();
    io.vertx.core.Future<Integer> exit = server.stop();
    long began = System.nanoTime();
    for (int i = 0; System.nanoTime() - began < Duration.ofSeconds(4).toNanos(); i++) {
      assertEquals(first, ByteBuffer.wrap(ask(user, target, new byte[] {2, (byte) i})).getInt());
    }
    assertEquals(false, exit.isComplete());
    await().atMost(Duration.ofSeconds(10)).until(exit::isComplete);
  }
}
