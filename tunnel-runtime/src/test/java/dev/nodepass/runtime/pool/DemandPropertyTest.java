package dev.nodepass.runtime.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

/** What holds whenever users come. */
class DemandPropertyTest {
  private static final Duration FAST = Duration.ofMillis(1);
  private static final int MANY = 1_000_000;

  /** Such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  /** Users who come at one time, so long after those before. */
  record Burst(long millisLater, int users) {}

  @Provide
  static Arbitrary<List<Burst>> bursts() {
    Arbitrary<Long> later =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.longs().between(0, 300)),
            Tuple.of(2, Arbitraries.longs().between(0, 60_000)),
            // A clock that is set back, or a machine that slept.
            Tuple.of(1, Arbitraries.longs().between(-10_000, 86_400_000)));
    return Combinators.combine(later, Arbitraries.integers().between(0, 400))
        .as(Burst::new)
        .list()
        .ofMaxSize(30);
  }

  private static Demand taken(Demand demand, long now, int users) {
    Demand result = demand;
    for (int i = 0; i < users; i++) {
      result = result.taken(now);
    }
    return result;
  }

  private static long nanos(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private static int wanted(Demand demand, long now) {
    return demand.wanted(now, FAST, 0, MANY);
  }

  @Property
  void itIsNeverBelowTheLeastNorAboveTheMost(
      @ForAll("bursts") List<Burst> bursts,
      @ForAll @IntRange(min = 0, max = 100) int min,
      @ForAll @IntRange(min = 0, max = 1000) int more,
      @ForAll @LongRange(min = 0, max = 100_000_000) long refillMillis) {
    Demand demand = Demand.none(ZERO);
    long now = ZERO;
    for (Burst burst : bursts) {
      now += nanos(burst.millisLater());
      demand = taken(demand, now, burst.users());
      int wanted = demand.wanted(now, Duration.ofMillis(refillMillis), min, min + more);
      assertTrue(wanted >= min && wanted <= min + more, () -> "wanted " + wanted);
    }
  }

  @Property
  void aBurstIsCoveredInTheMomentInWhichItComes(
      @ForAll("bursts") List<Burst> bursts, @ForAll @IntRange(min = 1, max = 500) int users) {
    Demand demand = Demand.none(ZERO);
    long now = ZERO;
    for (Burst burst : bursts) {
      now += nanos(burst.millisLater());
      demand = taken(demand, now, burst.users());
    }
    int before = wanted(demand, now);
    int after = wanted(taken(demand, now, users), now);

    assertTrue(after >= before, before + " to " + after);
    assertTrue(after >= users * 1.5, users + " users, wanted " + after);
  }

  @Property
  void whenNobodyComesAnyMoreItFallsToTheLeast(@ForAll("bursts") List<Burst> bursts) {
    Demand demand = Demand.none(ZERO);
    long now = ZERO;
    long latest = ZERO;
    for (Burst burst : bursts) {
      now += nanos(burst.millisLater());
      latest = now - latest > 0 ? now : latest;
      demand = taken(demand, now, burst.users());
    }
    int before = wanted(demand, latest);
    for (int seconds = 0; seconds < 600; seconds += 7) {
      int later = wanted(demand, latest + nanos(seconds * 1000L));
      assertTrue(later <= before, "it rose after " + seconds + " s");
      before = later;
    }
    assertEquals(16, demand.wanted(latest + nanos(600_000), FAST, 16, MANY));
  }

  @Property(tries = 100)
  void aSteadyRateIsMetWithoutSwinging(
      @ForAll @IntRange(min = 1, max = 200) int usersPerTick,
      @ForAll @IntRange(min = 1, max = 100) int tickMillis) {
    Demand demand = Demand.none(ZERO);
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (long millis = 0; millis < 5_000; millis += tickMillis) {
      long now = ZERO + nanos(millis);
      demand = taken(demand, now, usersPerTick);
      if (millis > 1_000) {
        int wanted = wanted(demand, now);
        least = Math.min(least, wanted);
        most = Math.max(most, wanted);
      }
    }

    // In one window there may be a tick more than in another, and that is all.
    int fewest = usersPerTick * (100 / tickMillis);
    int largest = usersPerTick * ((100 + tickMillis - 1) / tickMillis);
    assertTrue(least >= Math.floor(fewest * 1.5 * 0.98), least + " for " + fewest);
    assertTrue(most <= Math.ceil(largest * 1.5), most + " for " + largest);
  }
}
