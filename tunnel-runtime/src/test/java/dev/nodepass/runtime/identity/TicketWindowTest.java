package dev.nodepass.runtime.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketWindowTest {
  private static final int SIZE = 65_536;

  private final TicketWindow window = new TicketWindow();

  @Test
  void eachNumberIsTakenOnce() {
    for (long n = 1; n <= 1000; n++) {
      assertTrue(window.take(n));
      assertFalse(window.take(n));
    }
    for (long n = 1; n <= 1000; n++) {
      assertFalse(window.take(n));
    }
  }

  @Test
  void theyMayComeInAnyOrder() {
    for (long n = 1000; n >= 1; n--) {
      assertTrue(window.take(n));
    }
    assertFalse(window.take(500));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, -SIZE, Long.MIN_VALUE})
  void thereIsNoNumberBelowOne(long number) {
    assertFalse(window.take(number));
    assertTrue(window.take(1));
    assertFalse(window.take(number));
  }

  @Test
  void whatLiesBelowTheWindowIsRefusedThoughItNeverCame() {
    assertTrue(window.take(100_000));

    assertFalse(window.take(100_000 - SIZE));
    assertTrue(window.take(100_000 - SIZE + 1));
    assertFalse(window.take(100_000 - SIZE + 1));
  }

  @ParameterizedTest
  @ValueSource(longs = {SIZE - 1, SIZE, SIZE + 1, 2L * SIZE, 1L << 40})
  void aLeapForwardFreesThePlacesOfThoseItPasses(long leap) {
    assertTrue(window.take(1));
    assertTrue(window.take(2));
    assertTrue(window.take(2 + leap));

    assertFalse(window.take(1));
    assertFalse(window.take(2));
    assertFalse(window.take(2 + leap));
    assertTrue(window.take(1 + leap));
    assertTrue(window.take(3 + leap));
  }

  @Test
  void theHighestNumberOfAllIsTakenToo() {
    assertTrue(window.take(Long.MAX_VALUE - 2));
    assertTrue(window.take(Long.MAX_VALUE));

    assertTrue(window.take(Long.MAX_VALUE - 1));
    assertFalse(window.take(Long.MAX_VALUE));
    assertFalse(window.take(Long.MAX_VALUE - SIZE));
    assertTrue(window.take(Long.MAX_VALUE - SIZE + 1));
  }

  /** Remembers all, and knows only the rule. */
  private static final class Model {
    private final Set<Long> taken = new HashSet<>();
    private long highest;

    boolean take(long number) {
      if (number < 1 || number <= highest - SIZE || !taken.add(number)) {
        return false;
      }
      highest = Math.max(highest, number);
      return true;
    }
  }

  @Provide
  static Arbitrary<List<Long>> steps() {
    return Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(-5, 5)),
            Tuple.of(3, Arbitraries.longs().between(-200, 200)),
            Tuple.of(2, Arbitraries.longs().between(-SIZE - 3, -SIZE + 3)),
            Tuple.of(1, Arbitraries.longs().between(SIZE - 3, SIZE + 3)),
            Tuple.of(1, Arbitraries.longs().between(-3L * SIZE, 3L * SIZE)))
        .list()
        .ofMaxSize(200);
  }

  @Property
  void itTakesAndRefusesAsOneThatRemembersAll(
      @ForAll @LongRange(min = 0, max = 1L << 50) long start, @ForAll("steps") List<Long> steps) {
    TicketWindow some = new TicketWindow();
    Model all = new Model();
    long number = start;
    for (long step : steps) {
      number = Math.max(all.highest, start) + step;
      assertEquals(all.take(number), some.take(number), "number " + number);
    }
    assertEquals(all.take(number + 1), some.take(number + 1));
  }
}
