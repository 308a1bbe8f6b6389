package dev.nodepass.runtime.relay.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.EarlyBytes;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Listener;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.OpenDescriptors;
import dev.nodepass.runtime.net.Peer;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.Transport;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Users, relays and a service. Users are accepted and the service is dialled as the program does;
 * users and service are plain sockets of the test. When it is closed, each relay must have told its
 * end once and have let go of its connections.
 */
final class Rig {
  private static final int BACKLOG = 1000;

  private final TestLoops loops;
  private final ServerSocket service;
  private final Dialer dialer;
  private final Listener listener;
  private final int descriptorsBefore;
  private final BlockingQueue<CompletableFuture<Legs>> arrived = new LinkedBlockingQueue<>();
  private final Queue<Running> relays = new ConcurrentLinkedQueue<>();
  private final ExecutorService background = Executors.newVirtualThreadPerTaskExecutor();
  private volatile Arrangement arrangement = Arrangement.ONE_LOOP;
  private volatile boolean startAtOnce;

  /** Which loops the legs of a relay are on. */
  enum Arrangement {
    ONE_LOOP,
    TWO_LOOPS
  }

  Rig(Transport transport) throws Exception {
    loops = new TestLoops(transport, 2);
    service = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    service.setSoTimeout(Math.toIntExact(Peer.PATIENCE.toMillis()));
    dialer = new Dialer(loops.loops(), KeepAlive.DATA, Peer.PATIENCE);
    listener = loops.listen(this::accepted);
    for (Loop loop : loops.loops().all()) {
      // The first dial of a loop opens the socket of its name resolver, which stays.
      TestLoops.await(dialer.dial(loop, TestLoops.HOST, service.getLocalPort())).close();
      service.accept().close();
    }
    descriptorsBefore = OpenDescriptors.count();
  }

  /** Both connections of a user, each with a stage that waits for the relay. */
  record Legs(
      DuplexChannel user,
      DuplexChannel service,
      EarlyBytes earlyUp,
      EarlyBytes earlyDown,
      Loop serviceLoop) {}

  private void accepted(Loop loop, DuplexChannel user) {
    EarlyBytes earlyUp = new EarlyBytes(Early.NOTHING, () -> {});
    Channels.stage(user, earlyUp);
    CompletableFuture<Legs> legs = new CompletableFuture<>();
    arrived.add(legs);
    Loop other = loops.loops().all().get(1 - loop.index());
    Loop serviceLoop = arrangement == Arrangement.ONE_LOOP ? loop : other;
    dialer
        .dial(serviceLoop, TestLoops.HOST, service.getLocalPort())
        .onSuccess(
            dialled -> {
              EarlyBytes earlyDown = new EarlyBytes(Early.NOTHING, () -> {});
              Channels.stage(dialled, earlyDown);
              Legs complete = new Legs(user, dialled, earlyUp, earlyDown, serviceLoop);
              if (startAtOnce) {
                new Running(complete).start();
              }
              legs.complete(complete);
            })
        .onFailure(legs::completeExceptionally);
  }

  /** How a relay says that it ended. */
  record End(Outcome outcome, long up, long down) {}

  /** A relay and what it tells. */
  private final class Running implements Relay.Ended {
    private final Legs legs;
    private final LongAdder up = new LongAdder();
    private final LongAdder down = new LongAdder();
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final AtomicInteger told = new AtomicInteger();
    private volatile @Nullable Relay relay;

    Running(Legs legs) {
      this.legs = legs;
      relays.add(this);
    }

    /** As the server does: on the loop of the connection towards the service. */
    void start() {
      relay =
          Relay.start(
              Relay.End.raw(legs.user(), legs.earlyUp()),
              Relay.End.raw(legs.service(), legs.earlyDown()),
              new Relay.Traffic(up, down, Pace.UNLIMITED, Pace.UNLIMITED),
              this);
    }

    @Override
    public void ended(Outcome outcome, long bytesUp, long bytesDown) {
      told.incrementAndGet();
      end.complete(new End(outcome, bytesUp, bytesDown));
    }
  }

  /** One user and their connection at the service. */
  final class Pair {
    private final Peer user;
    private final Peer service;
    private final Legs legs;
    private final Running running;

    private Pair(Peer user, Peer service, Legs legs) {
      this.user = user;
      this.service = service;
      this.legs = legs;
      this.running = new Running(legs);
    }

    Peer user() {
      return user;
    }

    Peer service() {
      return service;
    }

    /** The end of the relay that a test calls its near one, and the other. */
    Peer end(Side side) {
      return side == Side.USER ? user : service;
    }

    Legs legs() {
      return legs;
    }

    Pair start() throws Exception {
      TestLoops.onLoop(
          legs.serviceLoop(),
          () -> {
            running.start();
            return true;
          });
      return this;
    }

    void cut() {
      Relay relay = running.relay;
      if (relay != null) {
        relay.cut();
      }
    }

    /** Bytes that the relay has counted so far from that side. */
    long passedFrom(Side side) {
      return side == Side.USER ? running.up.sum() : running.down.sum();
    }

    /** How the relay ended, once it has. */
    End end() throws Exception {
      return TestLoops.await(running.end);
    }
  }

  /** Who does it in a test whose mirror image must hold too. */
  enum Side {
    USER(Outcome.USER_RESET),
    SERVICE(Outcome.SERVICE_RESET);

    private final Outcome whenReset;

    Side(Outcome whenReset) {
      this.whenReset = whenReset;
    }

    Side other() {
      return this == USER ? SERVICE : USER;
    }

    Outcome whenReset() {
      return whenReset;
    }
  }

  /** A user and the service, joined by a relay. */
  Pair open(Arrangement on) throws Exception {
    return open(on, 0);
  }

  /**
   * A user and the service, joined by a relay.
   *
   * @param kernelBuffers of the user's and of the service's socket, in bytes
   */
  Pair open(Arrangement on, int kernelBuffers) throws Exception {
    return prepare(on, kernelBuffers).start();
  }

  /** A user and the service, with a relay that is still to be started. */
  Pair prepare(Arrangement on) throws Exception {
    return prepare(on, 0);
  }

  private Pair prepare(Arrangement on, int kernelBuffers) throws Exception {
    arrangement = on;
    if (kernelBuffers > 0) {
      service.setReceiveBufferSize(kernelBuffers);
    }
    Peer user = loops.closing(Peer.dial(listener.port(), kernelBuffers));
    CompletableFuture<Legs> legs = arrived.poll(Peer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    if (legs == null) {
      throw new TimeoutException("the user was not accepted");
    }
    Peer accepted = acceptAtService();
    return new Pair(user, accepted, TestLoops.await(legs));
  }

  /** From now on users are joined with the service as they come. */
  void startAtOnce(Arrangement on) {
    arrangement = on;
    startAtOnce = true;
  }

  /** A user of a rig that joins users as they come. */
  Peer user() throws Exception {
    return loops.dial(listener.port());
  }

  Peer acceptAtService() throws Exception {
    return loops.closing(new Peer(service.accept()));
  }

  /** How many relays have been started. */
  int started() {
    return relays.size();
  }

  /** How all relays ended, once they have. */
  List<End> ends() throws Exception {
    List<End> ends = new ArrayList<>();
    for (Running running : relays) {
      ends.add(TestLoops.await(running.end));
    }
    return ends;
  }

  /** Does something in a thread of its own. */
  <T> Future<T> async(Callable<T> task) {
    return background.submit(task);
  }

  /** Waits until the loops have heard all that was sent by now. */
  void settle() throws Exception {
    loops.settle();
  }

  void close() throws Exception {
    try {
      loops.closePeers();
      for (Running running : relays) {
        TestLoops.await(running.end);
      }
      OpenDescriptors.awaitNoMoreThan(descriptorsBefore);
      loops.settle();
      for (Running running : relays) {
        assertEquals(1, running.told.get(), "times that a relay told its end");
      }
    } finally {
      relays.clear();
      arrived.clear();
      background.shutdownNow();
      listener.close();
      service.close();
      loops.close();
    }
  }
}
