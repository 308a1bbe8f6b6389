package dev.nodepass.runtime.relay.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long MILLI = 1_000_000;

  /** Such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  private long now = ZERO;

  private Pace pace(int megabits) {
    return Pace.of(megabits, () -> now);
  }

  @Test
  void withoutALimitNobodyRests() {
    assertEquals(0, pace(0).take(Integer.MAX_VALUE));
    assertEquals(0, Pace.UNLIMITED.take(Integer.MAX_VALUE));
  }

  @Test
  void aTenthOfASecondsWorthMayPassAtOnce() {
    Pace pace = pace(8);

    // 8 Mbit/s are a byte in a microsecond.
    assertEquals(0, pace.take(100_000));
    assertEquals(1_000, pace.take(1));
    assertEquals(51_000, pace.take(50));
  }

  @Test
  void whoRestedAsLongAsToldMayGoOn() {
    Pace pace = pace(8);
    pace.take(100_000);

    for (int i = 0; i < 1000; i++) {
      long rest = pace.take(16_384);
      assertEquals(16_384_000, rest);
      now += rest;
    }
    assertEquals(16_384_000_000L, now - ZERO);
  }

  @Test
  void aPauseSavesNoMoreThanABurst() {
    Pace pace = pace(8);
    pace.take(100_000);
    now += Duration.ofHours(1).toNanos();

    assertEquals(0, pace.take(100_000));
    assertEquals(1_000, pace.take(1));
  }

  @Test
  void allShareOneRate() {
    Pace pace = pace(8);
    pace.take(60_000);

    assertEquals(20 * MILLI, pace.take(60_000));
  }

  @Test
  void theFastestRateStillCounts() {
    Pace pace = pace(100_000);

    // 12.5 GB/s: a tenth of a second is 1.25 GB.
    assertEquals(0, pace.take(1_250_000_000));
    assertEquals(80 * MILLI, pace.take(1_000_000_000));
  }

  @Property(tries = 200)
  void inTheLongRunNoMorePassesThanTheRateAndABurst(
      @ForAll @IntRange(min = 1, max = 10_000) int megabits,
      @ForAll @Size(max = 60) List<@IntRange(min = 1, max = 65_536) Integer> pieces,
      @ForAll @IntRange(min = 0, max = 30) int pauseMillis) {
    now = ZERO;
    Pace pace = pace(megabits);
    long bytes = 0;
    for (int piece : pieces) {
      bytes += piece;
      long rest = pace.take(piece);
      assertTrue(rest >= 0);
      now += rest > 0 ? rest : pauseMillis * MILLI / 10;
    }

    double allowed = (now - ZERO + 100 * MILLI) / 8_000.0 * megabits;
    // Each piece may be rounded down by a nanosecond.
    assertTrue(
        bytes <= allowed + pieces.size() * (megabits / 8_000.0 + 1), bytes + " of " + allowed);
  }
}
