package dev.nodepass.runtime.session;

import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.listen.DataConnection;
import dev.nodepass.runtime.listen.Lanes;
import dev.nodepass.runtime.listen.Upstream;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.pool.IdleConnection;
import dev.nodepass.runtime.pool.IdlePool;
import dev.nodepass.runtime.pool.Supply;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The data connections of a session whose users are on this side: an {@link Upstream} to the front.
 * Thread-safe.
 */
public final class ListeningSide implements DataSide, Upstream, IdleConnection.Owner {
  /** An idle connection is closed at this age, give or take a tenth. */
  private static final Duration LONGEST_IDLE = Duration.ofMinutes(5);

  /** After a refusal of the service other sessions are preferred for this long. */
  private static final Duration PASSED_OVER = Duration.ofSeconds(1);

  private final TunnelContext context;
  private final String name;
  private final Events events;
  private final IdlePool<Protocol2Connection> pool;
  private final Supply supply;
  private final Lanes lanes;
  private final AtomicInteger running = new AtomicInteger();
  private final LongAdder total = new LongAdder();

  /** Connections that were claimed and neither put back nor launched and answered. */
  private final AtomicInteger inFlight = new AtomicInteger();

  private volatile boolean closed;
  private volatile @Nullable Runnable launchesOver;
  private volatile long failedAt;

  /**
   * @param name of the session, for logs
   */
  public ListeningSide(TunnelContext context, String name, Events events) {
    this.context = context;
    this.name = name;
    this.events = events;
    this.pool = new IdlePool<>(context.loops().size());
    this.supply = new Supply(context.nanos(), context.settings().interval());
    this.lanes = new Lanes(context.settings().protocol2().lanes());
    this.failedAt = context.now() - PASSED_OVER.toNanos();
  }

  /** What its session wants to know. Called on various loops. */
  public interface Events {
    /** There is an idle data connection more. */
    void arrived();

    /** One was taken for a user. */
    void taken();

    /** One was lost that had been idle for so long, in nanoseconds. */
    void lost(long lived);

    /** Users wait for a connection. */
    void usersWait(int count);
  }

  @Override
  public void adopt(Loop on, DuplexChannel channel, boolean framed, long number, Early before) {
    if (closed
        || !before.bytes().isEmpty()
        || before.inputEnded()
        || pool.idle() >= Math.max(4096, 2 * context.settings().maxPool())) {
      before.release();
      channel.close();
      return;
    }
    Protocol2Connection connection =
        new Protocol2Connection(on, channel, framed, number, this, context.now());
    connection.begin();
    context.metrics().dataConnections().increment();
    putBack(connection);
  }

  @Override
  public void putBack(DataConnection connection) {
    Protocol2Connection mine = (Protocol2Connection) connection;
    mine.settle();
    double jitter = 0.9 + 0.2 * context.random().nextDouble();
    mine.retireAfter(Duration.ofMillis((long) (LONGEST_IDLE.toMillis() * jitter)));
    pool.add(mine);
    if (!isOpen()) {
      // The session ended between the check and the add, and its sweep may have missed this one.
      closeIdle();
    } else {
      events.arrived();
    }
  }

  private boolean isOpen() {
    return !closed && launchesOver == null;
  }

  private void closeIdle() {
    for (Protocol2Connection connection : pool.drain()) {
      connection.channel().close();
    }
  }

  /** True when users may run one after the other on a connection. */
  boolean mayReuse(int uses) {
    return isOpen() && uses < context.settings().protocol2().reuse();
  }

  /** A claimed connection was launched and answered, put back or lost. */
  void settled() {
    if (inFlight.decrementAndGet() == 0) {
      checkLaunches();
    }
  }

  private void checkLaunches() {
    Runnable over = launchesOver;
    if (over != null && inFlight.get() == 0) {
      closeIdle();
      lanes.closeIdle();
      over.run();
    }
  }

  @Override
  public void drain(Runnable whenLaunchesOver) {
    launchesOver = whenLaunchesOver;
    checkLaunches();
  }

  @Override
  public void close() {
    closed = true;
    closeIdle();
    lanes.closeIdle();
  }

  // ---- for the front

  @Override
  public boolean hasIdle() {
    return isOpen() && pool.idle() > 0;
  }

  @Override
  public boolean isEligible() {
    return isOpen() && supply.isThere(pool.idle());
  }

  @Override
  public boolean isPreferred() {
    return context.now() - failedAt >= PASSED_OVER.toNanos();
  }

  @Override
  public void serviceFailed() {
    failedAt = context.now();
  }

  @Override
  public @Nullable DataConnection take(int fromLoop) {
    // Counted first, so that who drains does not miss it.
    inFlight.incrementAndGet();
    Protocol2Connection taken = isOpen() ? pool.take(fromLoop) : null;
    if (taken == null) {
      settled();
      return null;
    }
    taken.inFlight();
    supply.taken();
    events.taken();
    return taken;
  }

  @Override
  public void usersWait(int count) {
    events.usersWait(count);
  }

  @Override
  public void userStarted() {
    running.incrementAndGet();
    total.increment();
  }

  @Override
  public void userEnded() {
    if (running.decrementAndGet() == 0 && !isOpen()) {
      lanes.closeIdle();
    }
  }

  @Override
  public Lanes lanes() {
    return lanes;
  }

  @Override
  public int idle() {
    return pool.idle();
  }

  @Override
  public int running() {
    return running.get();
  }

  @Override
  public long total() {
    return total.sum();
  }

  // ---- what idle connections tell

  @Override
  public boolean maySpeakFirst() {
    return false;
  }

  @Override
  public void spokeEarly(IdleConnection connection) {}

  @Override
  public void died(IdleConnection connection, boolean garbage) {
    Protocol2Connection mine = (Protocol2Connection) connection;
    pool.remove(mine);
    if (garbage) {
      context
          .refusals()
          .add(
              Refusal.DATA_GARBAGE,
              "a data connection of %s was closed: it spoke before it was taken".formatted(this));
    }
    events.lost(context.now() - mine.since());
  }

  @Override
  public String toString() {
    return name;
  }
}
