package dev.nodepass.runtime.client;

import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.pool.IdleConnection;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
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

  /**
   * Launches kept for a connection whose id has not been read yet: it travels beside the launch.
   */
  private static final int MOST_UNMATCHED = 1024;

  private static final Duration UNMATCHED_DEADLINE = Duration.ofSeconds(5);

  private final TunnelContext context;
  private final Loop loop;
  private final Dialer dialer;
  private final String host;
  private final BiConsumer<PooledConnection, Launch> launcher;
  private final Refill refill;

  // Owned by the session's loop.
  private final Map<String, PooledConnection> idle = new HashMap<>();
  private final Map<String, Unmatched> unmatched = new LinkedHashMap<>();
  private int port;
  private boolean closed;

  // Read from every thread.
  private volatile int idleNow;

  /**
   * @param host where the control connection reached the server
   * @param launcher is given each launched connection, on the session's loop; claimed
   */
  DataPool(
      TunnelContext context,
      Loop loop,
      Dialer dialer,
      String host,
      BiConsumer<PooledConnection, Launch> launcher) {
    this.context = context;
    this.loop = loop;
    this.dialer = dialer;
    this.host = host;
    this.launcher = launcher;
    this.refill = new Refill(context, loop, idle::size, this::dial);
  }

  private record Unmatched(Launch launch, long since) {}

  /** Keeps connections open to this port from now on. */
  void dialTo(int dataPort) {
    port = dataPort;
    refill.begin();
    changed();
  }

  /** A launch came from the server. */
  void launch(Launch launch) {
    PooledConnection connection = idle.remove(launch.id());
    if (connection != null && connection.claim()) {
      launcher.accept(connection, launch);
    } else if (unmatched.size() < MOST_UNMATCHED) {
      unmatched.put(launch.id(), new Unmatched(launch, context.now()));
    } else {
      unknown(launch);
    }
    refill.taken();
    changed();
  }

  /** Time has passed: launches whose connection never came are given up. */
  void tick() {
    long now = context.now();
    Iterator<Unmatched> all = unmatched.values().iterator();
    while (all.hasNext()) {
      Unmatched next = all.next();
      if (now - next.since() < UNMATCHED_DEADLINE.toNanos()) {
        break;
      }
      all.remove();
      unknown(next.launch());
    }
    refill.tick();
    changed();
  }

  private void changed() {
    idleNow = idle.size();
  }

  private void unknown(Launch launch) {
    context
        .refusals()
        .add(
            Refusal.ID_UNKNOWN,
            "Get failed: %s: no data connection has this id".formatted(launch.id()));
  }

  private Future<Refill.Landed> dial(Runnable connected) {
    Loop on = context.loops().next();
    return dialer
        .dial(on, host, port)
        .onSuccess(channel -> connected.run())
        .compose(channel -> IdReader.read(on, channel).map(named -> idle(on, channel, named)))
        .onFailure(
            cause ->
                LOG.debugf("data connection to %s:%d failed: %s", host, port, Failures.dial(cause)))
        .compose(
            connection ->
                Future.future(
                    done ->
                        loop.run(
                            () -> {
                              opened(connection);
                              done.complete(Refill.Landed.HERE);
                            })));
  }

  /** On the connection's own loop. */
  private PooledConnection idle(Loop on, DuplexChannel channel, IdReader.Named named) {
    long now = context.now();
    PooledConnection connection = new PooledConnection(on, channel, named.id(), this, now);
    connection.begin(named.rest());
    return connection;
  }

  private void opened(PooledConnection connection) {
    context.metrics().dataConnections().increment();
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
    changed();
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
    refill.lost(context.now() - connection.since());
    changed();
  }

  @Override
  public void spokeEarly(IdleConnection connection) {
    // Still found by its launch, which is on its way; a replacement is dialled when that comes.
  }

  /** Opens no more; what is idle is closed, so that the server sends its users elsewhere. */
  void stop() {
    refill.stop();
    // A copy: each that retires on this loop takes itself out at once.
    List<PooledConnection> all = List.copyOf(idle.values());
    idle.clear();
    idleNow = 0;
    all.forEach(PooledConnection::retire);
  }

  /** Closes what is idle. */
  void close() {
    closed = true;
    stop();
  }

  int idle() {
    return idleNow;
  }

  int wanted() {
    return refill.wanted();
  }
}
