package dev.nodepass.runtime.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DemandTest {
  private static final Duration FAST = Duration.ofMillis(1);
  private static final long MILLI = 1_000_000;

  /** Such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  private static Demand burst(Demand demand, long now, int takes) {
    Demand result = demand;
    for (int i = 0; i < takes; i++) {
      result = result.taken(now);
    }
    return result;
  }

  private static int wanted(Demand demand, long now) {
    return demand.wanted(now, FAST, 0, 1_000_000);
  }

  private static long at(Duration after) {
    return ZERO + after.toNanos();
  }

  @Test
  void withoutTakesTheLeastIsWanted() {
    assertEquals(16, Demand.none(ZERO).wanted(at(Duration.ofDays(1)), FAST, 16, 1024));
  }

  @Test
  void aBurstIsMetAtOnceWithHeadRoom() {
    assertEquals(150, wanted(burst(Demand.none(ZERO), ZERO, 100), ZERO));
    assertEquals(2, wanted(burst(Demand.none(ZERO), ZERO, 1), ZERO));
  }

  @Test
  void neverFewerThanTheLeastNorMoreThanTheMost() {
    Demand busy = burst(Demand.none(ZERO), ZERO, 5000);

    assertEquals(1024, busy.wanted(ZERO, FAST, 16, 1024));
    assertEquals(16, Demand.none(ZERO).taken(ZERO).wanted(ZERO, FAST, 16, 1024));
    assertEquals(7, busy.wanted(ZERO, FAST, 7, 7));
    assertEquals(1024, busy.wanted(ZERO, Duration.ofDays(365), 16, 1024));
  }

  @Test
  void aLevelWithoutTakesFallsByHalfEachHalfLife() {
    Demand busy = burst(Demand.none(ZERO), ZERO, 200);

    assertEquals(150, wanted(busy, at(Demand.HALF_LIFE)));
    assertEquals(75, wanted(busy, at(Demand.HALF_LIFE.multipliedBy(2))));
    assertEquals(1, wanted(busy, at(Duration.ofMinutes(3))));
  }

  @Test
  void itNeverRisesWithoutATake() {
    Demand busy = burst(Demand.none(ZERO), ZERO, 1000);
    int before = wanted(busy, ZERO);
    for (int ms = 0; ms < 120_000; ms += 37) {
      int now = wanted(busy, ZERO + ms * MILLI);
      assertTrue(now <= before, "rose at " + ms);
      before = now;
    }
  }

  @Test
  void aPauseOfSecondsBetweenBurstsShrinksItByLessThanAThird() {
    Demand demand = burst(Demand.none(ZERO), ZERO, 300);
    Duration pause = Duration.ofSeconds(5);

    assertTrue(wanted(demand, at(pause)) > 300);
    demand = burst(demand, at(pause), 300);
    assertEquals(450, wanted(demand, at(pause)));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100, 1000, 10_000})
  void underASteadyLoadItDoesNotOscillate(int perSecond) {
    Demand demand = Demand.none(ZERO);
    long step = 1_000_000_000L / perSecond;
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (int i = 0; i < perSecond * 20; i++) {
      long now = ZERO + i * step;
      demand = demand.taken(now);
      if (i > perSecond) {
        least = Math.min(least, wanted(demand, now));
        most = Math.max(most, wanted(demand, now));
      }
    }

    assertTrue(most >= Math.ceil(perSecond / 10.0 * Demand.HEAD_ROOM), "most " + most);
    assertTrue(most - least <= Math.max(1, most * 2 / 100), least + " to " + most);
  }

  @Test
  void aSlowRefillNeedsMore() {
    Demand busy = burst(Demand.none(ZERO), ZERO, 10);

    assertEquals(15, busy.wanted(ZERO, Duration.ZERO, 0, 1000));
    assertEquals(15, busy.wanted(ZERO, Demand.WINDOW, 0, 1000));
    assertEquals(30, busy.wanted(ZERO, Demand.WINDOW.multipliedBy(2), 0, 1000));
    assertEquals(150, busy.wanted(ZERO, Duration.ofSeconds(1), 0, 1000));
  }

  @Test
  void aClockThatJumpsHoursAheadForgetsTheLoad() {
    Demand busy = burst(Demand.none(ZERO), ZERO, 1000);
    long later = at(Duration.ofDays(3));

    assertEquals(16, busy.wanted(later, FAST, 16, 1024));
    assertEquals(3, wanted(busy.taken(later).taken(later), later));
  }

  @Test
  void aClockThatGoesBackChangesNothing() {
    Demand busy = burst(Demand.none(ZERO), ZERO, 100);
    long earlier = ZERO - Duration.ofDays(3).toNanos();

    assertEquals(150, wanted(busy, earlier));
    assertEquals(152, wanted(busy.taken(earlier), earlier));
    assertEquals(152, wanted(busy.taken(earlier), ZERO));
  }

  @Test
  void aValueIsReplacedNeverChanged() {
    Demand before = burst(Demand.none(ZERO), ZERO, 10);
    Demand same = new Demand(before.level(), before.since(), before.takes());

    before.taken(at(Duration.ofSeconds(1)));

    assertEquals(same, before);
  }
}
