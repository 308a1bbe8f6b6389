package dev.nodepass.runtime.pool;

import java.time.Duration;

/**
 * How many idle connections are wanted: the takes that a refill must cover, with head-room. A pure
 * function of (clock, takes, limits); a value is replaced, never changed. Times are nanoseconds of
 * one monotonic clock.
 *
 * <p>Takes are counted in windows of {@link #WINDOW}. The level is the largest count of late: it
 * rises with the first busy window and falls by half every {@link #HALF_LIFE}, so a burst is met at
 * its next coming and a pause between bursts does not shrink the pool.
 *
 * @param level the takes per window to be ready for, as of {@code since}
 * @param since the start of the window under way
 * @param takes the takes in that window so far
 */
public record Demand(double level, long since, int takes) {
  /** What takes are counted over: about a refill on a slow network. */
  static final Duration WINDOW = Duration.ofMillis(100);

  /** How fast a level without takes is forgotten. */
  static final Duration HALF_LIFE = Duration.ofSeconds(10);

  /** Idle connections per expected take. */
  static final double HEAD_ROOM = 1.5;

  /** Nothing was taken yet. */
  public static Demand none(long now) {
    return new Demand(0, now, 0);
  }

  /** With one take more. */
  public Demand taken(long now) {
    Demand current = at(now);
    return new Demand(current.level, current.since, current.takes + 1);
  }

  /**
   * The idle connections to keep.
   *
   * @param refill how long a new connection takes to become idle
   * @param min never fewer
   * @param max never more
   */
  public int wanted(long now, Duration refill, int min, int max) {
    Demand current = at(now);
    double perWindow = Math.max(current.level, current.takes);
    double windows = Math.max(1.0, (double) refill.toNanos() / WINDOW.toNanos());
    return Math.clamp((long) Math.ceil(perWindow * windows * HEAD_ROOM), min, max);
  }

  /** Moves to the window that {@code now} is in. */
  private Demand at(long now) {
    long passed = (now - since) / WINDOW.toNanos();
    if (passed <= 0) {
      return this;
    }
    double halfLives = (double) (passed * WINDOW.toNanos()) / HALF_LIFE.toNanos();
    double risen = Math.max(level, takes);
    return new Demand(risen * Math.pow(0.5, halfLives), since + passed * WINDOW.toNanos(), 0);
  }
}
