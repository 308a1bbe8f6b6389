package dev.nodepass.runtime.client;

import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.lifecycle.Backoff;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.pool.Demand;
import dev.nodepass.runtime.pool.IdleConnection;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jboss.logging.Logger;

/**
 * The data connections of one client session: opens them ahead of demand, in parallel, and finds
 * the one that a launch names. Owned by the session's loop; the connections are spread over all
 * loops and report here by messages.
 *
 * <p>Idle connections beyond what is wanted are kept until users have taken them: protocol 1 has no
 * way to give one back without the risk that the server has just taken it.
 */
final class DataPool implements IdleConnection.Owner {
  private static final Logger LOG = Logger.getLogger(DataPool.class);

  /** Dials under way at one time. */
  private static final int MOST_DIALS = 64;

  /**
   * Launches kept for a connection whose id has not been read yet: it travels beside the launch.
   */
  private static final int MOST_UNMATCHED = 1024;

  private static final Duration UNMATCHED_DEADLINE = Duration.ofSeconds(5);

  /** A connection that the server closes sooner than this counts as a failed dial: see fill(). */
  private static final Duration STABLE = Duration.ofSeconds(1);

  private final ClientContext context;
  private final Loop loop;
  private final Dialer dialer;
  private final String host;
  private final BiConsumer<PooledConnection, Launch> launcher;
  private final Backoff backoff;

  // Owned by the session's loop.
  private final Map<String, PooledConnection> idle = new HashMap<>();
  private final Map<String, Unmatched> unmatched = new LinkedHashMap<>();
  private int port;
  private int dialling;
  private boolean closed;
  private boolean filling = true;
  private Demand demand;
  private Duration refill = Duration.ZERO;
  private Loop.Timer retry = Loop.Timer.NONE;
  private boolean backingOff;

  // Read from every thread.
  private volatile int idleNow;
  private volatile int wantedNow;

  /**
   * @param host where the control connection reached the server
   * @param launcher is given each launched connection, on the session's loop; claimed
   */
  DataPool(
      ClientContext context,
      Loop loop,
      Dialer dialer,
      String host,
      BiConsumer<PooledConnection, Launch> launcher) {
    this.context = context;
    this.loop = loop;
    this.dialer = dialer;
    this.host = host;
    this.launcher = launcher;
    this.backoff = new Backoff(context.settings().cooldown(), context.random());
    this.demand = Demand.none(context.nanos().getAsLong());
  }

  private record Unmatched(Launch launch, long since) {}

  /** Keeps connections open to this port from now on. */
  void dialTo(int dataPort) {
    port = dataPort;
    fill();
  }

  /** A launch came from the server. */
  void launch(Launch launch) {
    demand = demand.taken(context.nanos().getAsLong());
    PooledConnection connection = idle.remove(launch.id());
    if (connection != null && connection.claim()) {
      launcher.accept(connection, launch);
    } else if (unmatched.size() < MOST_UNMATCHED) {
      unmatched.put(launch.id(), new Unmatched(launch, context.nanos().getAsLong()));
    } else {
      unknown(launch);
    }
    fill();
  }

  /** Time has passed: launches whose connection never came are given up. */
  void tick() {
    long now = context.nanos().getAsLong();
    Iterator<Unmatched> all = unmatched.values().iterator();
    while (all.hasNext()) {
      Unmatched next = all.next();
      if (now - next.since() < UNMATCHED_DEADLINE.toNanos()) {
        break;
      }
      all.remove();
      unknown(next.launch());
    }
    fill();
  }

  private void unknown(Launch launch) {
    context
        .refusals()
        .add(
            Refusal.ID_UNKNOWN,
            "Get failed: %s: no data connection has this id".formatted(launch.id()));
  }

  /**
   * Dials as many as are missing. After a failure it waits, a little longer each time, so that a
   * server which refuses is not hammered.
   */
  private void fill() {
    int wanted =
        demand.wanted(
            context.nanos().getAsLong(),
            refill,
            context.settings().minPool(),
            context.settings().maxPool());
    wantedNow = wanted;
    idleNow = idle.size();
    if (closed || !filling || backingOff || port == 0) {
      return;
    }
    while (dialling < MOST_DIALS && idle.size() + dialling < wanted) {
      dial();
    }
  }

  private void dial() {
    dialling++;
    Loop on = context.loops().next();
    long began = context.nanos().getAsLong();
    dialer
        .dial(on, host, port)
        .compose(channel -> IdReader.read(on, channel).map(named -> idle(on, channel, named)))
        .onComplete(
            dialled ->
                loop.run(
                    () -> {
                      dialling--;
                      if (dialled.succeeded()) {
                        opened(dialled.result(), began);
                      } else {
                        failed(dialled.cause());
                      }
                    }));
  }

  /** On the connection's own loop. */
  private PooledConnection idle(Loop on, DuplexChannel channel, IdReader.Named named) {
    long now = context.nanos().getAsLong();
    PooledConnection connection = new PooledConnection(on, channel, named.id(), this, now);
    connection.begin(named.rest());
    return connection;
  }

  private void opened(PooledConnection connection, long began) {
    context.metrics().dataConnections().increment();
    Duration took = Duration.ofNanos(context.nanos().getAsLong() - began);
    // A quarter of the new figure: one slow dial among many does not double the pool.
    refill = refill.isZero() ? took : refill.multipliedBy(3).plus(took).dividedBy(4);
    Unmatched early = unmatched.remove(connection.id());
    if (closed) {
      connection.retire();
    } else if (early != null && connection.claim()) {
      launcher.accept(connection, early.launch());
    } else if (connection.channel().isActive()) {
      PooledConnection old = idle.put(connection.id(), connection);
      if (old != null) {
        old.retire();
      }
    }
    fill();
  }

  private void failed(Throwable cause) {
    context.metrics().dialFailures().increment();
    LOG.debugf("data connection to %s:%d failed: %s", host, port, Failures.dial(cause));
    waitBeforeFilling();
  }

  private void waitBeforeFilling() {
    if (closed || backingOff) {
      return;
    }
    backingOff = true;
    retry =
        loop.after(
            backoff.next(),
            () -> {
              backingOff = false;
              fill();
            });
  }

  // ---- what idle connections tell, each on its own loop

  @Override
  public boolean maySpeakFirst() {
    return true;
  }

  @Override
  public void died(IdleConnection connection, boolean garbage) {
    loop.run(() -> lost((PooledConnection) connection));
  }

  private void lost(PooledConnection connection) {
    idle.remove(connection.id(), connection);
    if (context.nanos().getAsLong() - connection.since() < STABLE.toNanos()) {
      waitBeforeFilling();
    } else {
      backoff.reset();
    }
    fill();
  }

  @Override
  public void spokeEarly(IdleConnection connection) {
    // Still found by its launch, which is on its way; a replacement is dialled when that comes.
  }

  /** Opens no more; what is idle is closed, so that the server sends its users elsewhere. */
  void stop() {
    filling = false;
    // A copy: each that retires on this loop takes itself out at once.
    List<PooledConnection> all = List.copyOf(idle.values());
    idle.clear();
    idleNow = 0;
    all.forEach(PooledConnection::retire);
  }

  /** Closes what is idle. */
  void close() {
    closed = true;
    retry.cancel();
    stop();
  }

  int idle() {
    return idleNow;
  }

  int wanted() {
    return wantedNow;
  }
}
