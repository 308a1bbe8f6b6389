package dev.nodepass.runtime.client;

import java.time.Duration;

/**
 * How many data connections may be opened at one time, so that a server with little processor time
 * opens some of them soon instead of all of them too late. When they become slow, it is as many as
 * the server has opened of late in half of the time that counts as slow (Little's law); while they
 * arrive in time, it grows again. Not thread-safe. Times are nanoseconds of one monotonic clock.
 */
final class DialWindow {
  /** The most at one time, and where it begins. */
  static final int MOST = 64;

  /** So much wider for each that arrives in time: half as wide again after a windowful. */
  private static final double STEP = 0.5;

  /** Slow is what takes so many times as long as the fastest, within these limits. */
  private static final int SLOW_TIMES = 4;

  private static final long SLOW_AT_LEAST = Duration.ofSeconds(1).toNanos();

  /** Sooner than a handshake is given up ({@link Handshake#DEADLINE}). */
  private static final long SLOW_AT_MOST = Duration.ofSeconds(4).toNanos();

  private double size = MOST;
  private long fastest = SLOW_AT_MOST;
  private int arrivals;
  private long newestInTime = Long.MIN_VALUE;

  /**
   * A dial that has begun.
   *
   * @param at when
   * @param after how many had arrived before
   */
  record Begun(long at, int after) {}

  /** How many may be under way. */
  int size() {
    return (int) size;
  }

  Begun begin(long now) {
    return new Begun(now, arrivals);
  }

  /**
   * A dial has ended that had connected.
   *
   * @param arrived true when it became of use, in whichever pool
   */
  void ended(Begun begun, long now, boolean arrived) {
    long took = now - begun.at();
    if (arrived) {
      arrivals++;
      fastest = Math.min(fastest, took);
    }
    long slow = Math.clamp(SLOW_TIMES * fastest, SLOW_AT_LEAST, SLOW_AT_MOST);
    if (took <= slow) {
      if (arrived) {
        size = Math.min(MOST, size + STEP);
        newestInTime = Math.max(newestInTime, begun.at());
      }
    } else if (!isOvertaken(begun)) {
      if (size < 2) {
        // Alone and slow all the same: that is what a dial takes there.
        fastest = took;
      }
      size = Math.clamp((arrivals - begun.after()) * (slow / 2.0) / took, 1, size);
    }
  }

  /**
   * True when one that began later has arrived in time: then it is not for a busy server that this
   * one is late. A balancer took it, say, for a server that is gone.
   */
  boolean isOvertaken(Begun begun) {
    return begun.at() < newestInTime;
  }
}
