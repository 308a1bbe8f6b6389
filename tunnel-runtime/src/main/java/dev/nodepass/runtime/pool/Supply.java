package dev.nodepass.runtime.pool;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether a pool can be counted on: it holds an idle connection, or has given one away within the
 * last heartbeat interval. Under load a pool is empty for moments in which it is being refilled;
 * whoever took that for the absence of a client would send all users to one of several servers, and
 * the next moment to none. Thread-safe.
 */
public final class Supply {
  private final LongSupplier nanos;
  private final long window;
  private volatile long lastTaken;

  /**
   * @param nanos a monotonic clock
   * @param interval of heartbeats
   */
  public Supply(LongSupplier nanos, Duration interval) {
    this.nanos = nanos;
    this.window = interval.toNanos();
    this.lastTaken = nanos.getAsLong() - window;
  }

  /** A connection was taken for a user. */
  public void taken() {
    lastTaken = nanos.getAsLong();
  }

  /** True when it can be counted on, given how many are idle now. */
  public boolean isThere(int idle) {
    return idle > 0 || nanos.getAsLong() - lastTaken < window;
  }
}
