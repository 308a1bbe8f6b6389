package dev.nodepass.runtime.lifecycle;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Delays between attempts: from {@link #FIRST} up by a tenth each time to a limit, with a fifth of
 * jitter either way. So a delay is about a tenth of the time already spent trying: who comes back
 * soon is met soon, and who stays away is not hammered. Not thread-safe.
 */
public final class Backoff {
  /** The first delay. */
  public static final Duration FIRST = Duration.ofMillis(100);

  private static final double GROWTH = 1.1;
  private static final double JITTER = 0.2;

  private final Duration limit;
  private final RandomGenerator random;
  private double millis = FIRST.toMillis();

  /**
   * @param limit no delay is longer, jitter included
   */
  public Backoff(Duration limit, RandomGenerator random) {
    this.limit = limit;
    this.random = random;
  }

  /** The delay before the next attempt. */
  public Duration next() {
    double jittered = millis * (1 + JITTER * (2 * random.nextDouble() - 1));
    millis = Math.min(millis * GROWTH, (double) limit.toMillis());
    return Duration.ofMillis((long) Math.min(jittered, (double) limit.toMillis()));
  }

  /** It went well: the next delay is the first again. */
  public void reset() {
    millis = FIRST.toMillis();
  }
}
