package dev.nodepass.runtime.client;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.DatagramPort;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.DatagramDrop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelMetrics.UserOutcome;
import dev.nodepass.runtime.relay.tcp.Outcome;
import dev.nodepass.runtime.relay.tcp.Relay;
import dev.nodepass.runtime.relay.udp.RequestReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Launched data connections, each from the launch to the close: {@link #launch} → a place among the
 * running → dial the service → {@link Relay}, or for a datagram {@link RequestReader} → ask the
 * service → answer.
 *
 * <p>Places are handed out on the loop that owns the client; a connection is served on its own
 * loop.
 */
final class Services {
  private static final Logger LOG = Logger.getLogger(Services.class);

  /** How long a launch waits for a place among SEMAPHORE_LIMIT. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final ClientContext context;
  private final Loop loop;
  private final Dialer dialer;
  private final Runnable onLeft;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder total = new LongAdder();

  // Owned by the client's loop.
  private final Deque<Waiting> queue = new ArrayDeque<>();

  /**
   * @param loop owns the places
   * @param onLeft told after each user who is done, on any loop
   */
  Services(ClientContext context, Loop loop, Dialer dialer, Runnable onLeft) {
    this.context = context;
    this.loop = loop;
    this.dialer = dialer;
    this.onLeft = onLeft;
  }

  private record Waiting(PooledConnection connection, Launch launch, long since) {}

  int running() {
    return running.get();
  }

  int waiting() {
    return waiting.get();
  }

  long total() {
    return total.sum();
  }

  /** Cuts what runs; how many that were. */
  int cut() {
    int cut = 0;
    for (Relay relay : relays) {
      relay.cut();
      cut++;
    }
    return cut;
  }

  /** Serves a claimed connection. On the client's loop. */
  void launch(PooledConnection connection, Launch launch) {
    LOG.debugf("Launch signal <- : %s <- %s", launch.id(), launch.traffic());
    if (running.get() < context.settings().semaphore()) {
      begin(connection, launch);
    } else if (queue.size() < context.settings().semaphore()) {
      queue.add(new Waiting(connection, launch, context.nanos().getAsLong()));
      waiting.set(queue.size());
    } else {
      refuse(connection, Refusal.USER_QUEUE_FULL, "too many users wait already");
    }
  }

  /** Time has passed: who waited too long for a place is refused. On the client's loop. */
  void tick() {
    long now = context.nanos().getAsLong();
    for (Waiting head = queue.peek();
        head != null && now - head.since() > LONGEST_WAIT.toNanos();
        head = queue.peek()) {
      queue.remove();
      refuse(
          head.connection(),
          Refusal.USER_LIMIT,
          "%d users' connections (SEMAPHORE_LIMIT) were running for %d s"
              .formatted(context.settings().semaphore(), LONGEST_WAIT.toSeconds()));
    }
    waiting.set(queue.size());
  }

  private void refuse(PooledConnection connection, Refusal reason, String why) {
    connection.channel().close();
    context
        .refusals()
        .add(reason, "the user on %s was refused: %s".formatted(connection.id(), why));
  }

  private void begin(PooledConnection connection, Launch launch) {
    running.incrementAndGet();
    total.increment();
    context.metrics().takes().increment();
    connection
        .owningLoop()
        .run(
            () -> {
              connection.hold();
              switch (launch.traffic()) {
                case TCP -> tcp(connection);
                case UDP -> udp(connection);
              }
            });
  }

  /** A user is done. On any loop. */
  private void left() {
    running.decrementAndGet();
    if (waiting.get() > 0) {
      loop.run(
          () -> {
            Waiting next = queue.poll();
            waiting.set(queue.size());
            if (next != null) {
              begin(next.connection(), next.launch());
            }
          });
    }
    onLeft.run();
  }

  // ---- TCP, on the connection's loop

  private void tcp(PooledConnection connection) {
    HostPort target = context.settings().target();
    dialer
        .dial(connection.owningLoop(), target.hostToDial(), target.port())
        .onSuccess(service -> relay(connection, service))
        .onFailure(cause -> serviceFailed(connection, cause));
  }

  private void relay(PooledConnection connection, DuplexChannel service) {
    if (LOG.isDebugEnabled()) {
      LOG.debugf(
          "Target connection: %s <-> %s",
          Addresses.text(Channels.local(service)), Addresses.text(Channels.remote(service)));
      LOG.debugf("Starting exchange: %s <-> %s", connection.id(), context.settings().target());
    }
    Running user = new Running(connection.id());
    Relay relay =
        Relay.start(
            connection.channel(),
            service,
            connection,
            () -> Early.NOTHING,
            context.metrics().bytesUp(),
            context.metrics().bytesDown(),
            user);
    user.relay = relay;
    relays.add(relay);
    if (user.over) {
      relays.remove(relay);
    }
  }

  /** The user is told by the close of the data connection; protocol 1 has no other word for it. */
  private void serviceFailed(PooledConnection connection, Throwable cause) {
    connection.channel().close();
    context.metrics().userEnded(UserOutcome.SERVICE_UNREACHABLE);
    context
        .refusals()
        .add(
            Refusal.SERVICE_UNREACHABLE,
            "Dial failed: the service %s cannot be reached: %s"
                .formatted(context.settings().target(), Failures.dial(cause)));
    left();
  }

  /** A user's relay, until it is over. */
  private final class Running implements Relay.Ended {
    private final String id;
    private volatile boolean over;
    private volatile @Nullable Relay relay;

    Running(String id) {
      this.id = id;
    }

    @Override
    public void ended(Outcome outcome, long up, long down) {
      over = true;
      Relay ended = relay;
      if (ended != null) {
        relays.remove(ended);
      }
      context
          .metrics()
          .userEnded(
              switch (outcome) {
                case COMPLETE -> UserOutcome.COMPLETE;
                case USER_RESET -> UserOutcome.USER_RESET;
                case SERVICE_RESET -> UserOutcome.SERVICE_RESET;
                case CUT -> UserOutcome.CUT;
              });
      LOG.debugf(
          "Exchange complete: %s: %s, %d bytes up, %d down",
          outcome == Outcome.COMPLETE ? "EOF" : outcome, id, up, down);
      left();
    }
  }

  // ---- UDP, on the connection's loop

  private void udp(PooledConnection connection) {
    RequestReader.start(
        connection.owningLoop(),
        connection.channel(),
        connection.take(),
        context.settings().udpBuffer(),
        context.settings().udpTimeout(),
        (result, request) -> {
          switch (result) {
            case WHOLE -> ask(connection, request);
            case TOO_LARGE -> {
              request.release();
              dropped(connection, DatagramDrop.TOO_LARGE);
            }
            case NONE -> {
              request.release();
              dropped(connection, DatagramDrop.CONNECTION_BROKEN);
            }
          }
        });
  }

  private void dropped(PooledConnection connection, DatagramDrop reason) {
    connection.channel().close();
    context.metrics().dropped(reason);
    LOG.debugf("datagram on %s dropped: %s", connection.id(), reason.label());
    left();
  }

  private void ask(PooledConnection connection, ByteBuf request) {
    LOG.debugf("Starting transfer: %s -> %s", connection.id(), context.settings().target());
    HostPort target = context.settings().target();
    Loop on = connection.owningLoop();
    DatagramPort.resolve(context.loops(), on, target.hostToDial())
        .onComplete(
            resolved ->
                on.run(
                    () -> {
                      if (resolved.succeeded()) {
                        new Asking(connection, request, resolved.result(), target.port()).begin();
                      } else {
                        request.release();
                        dropped(connection, DatagramDrop.UNREACHABLE);
                      }
                    }));
  }

  /** One datagram at the service, until its answer. On the connection's loop. */
  private final class Asking {
    private final PooledConnection connection;
    private final ByteBuf request;
    private final InetSocketAddress service;
    private @Nullable DatagramPort port;
    private Loop.Timer deadline = Loop.Timer.NONE;
    private boolean over;

    Asking(PooledConnection connection, ByteBuf request, InetAddress address, int servicePort) {
      this.connection = connection;
      this.request = request;
      this.service = new InetSocketAddress(address, servicePort);
    }

    void begin() {
      Loop on = connection.owningLoop();
      deadline = on.after(context.settings().udpTimeout(), () -> end(DatagramDrop.NO_ANSWER));
      DatagramPort.talk(context.loops(), on, service.getAddress(), this::answered)
          .onComplete(
              bound ->
                  on.run(
                      () -> {
                        if (bound.failed()) {
                          request.release();
                          end(DatagramDrop.UNREACHABLE);
                        } else if (over) {
                          request.release();
                          bound.result().close();
                        } else {
                          send(bound.result());
                        }
                      }));
    }

    private void send(DatagramPort bound) {
      port = bound;
      int length = request.readableBytes();
      bound
          .send(request, service)
          .onSuccess(
              sent -> {
                context.metrics().datagramsUp().increment();
                context.metrics().bytesUp().add(length);
              })
          .onFailure(cause -> connection.owningLoop().run(() -> end(DatagramDrop.UNREACHABLE)));
    }

    private void answered(byte[] answer, InetSocketAddress from) {
      if (over || !from.equals(service)) {
        return;
      }
      if (answer.length > context.settings().udpBuffer()) {
        end(DatagramDrop.TOO_LARGE);
        return;
      }
      close();
      context.metrics().datagramsDown().increment();
      context.metrics().bytesDown().add(answer.length);
      LOG.debugf("Transfer complete: %d", answer.length);
      connection
          .channel()
          .writeAndFlush(Unpooled.wrappedBuffer(answer))
          .addListener(ChannelFutureListener.CLOSE);
      left();
    }

    private void end(DatagramDrop reason) {
      if (!over) {
        close();
        dropped(connection, reason);
      }
    }

    private void close() {
      over = true;
      deadline.cancel();
      DatagramPort bound = port;
      if (bound != null) {
        bound.close();
      }
    }
  }
}
