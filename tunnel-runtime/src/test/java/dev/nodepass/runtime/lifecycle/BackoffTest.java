package dev.nodepass.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BackoffTest {
  /** Always draws the same. */
  private static RandomGenerator drawing(double value) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        throw new UnsupportedOperationException();
      }

      @Override
      public double nextDouble() {
        return value;
      }
    };
  }

  private static List<Long> delays(Backoff backoff, int count) {
    return Stream.generate(backoff::next).limit(count).map(Duration::toMillis).toList();
  }

  @Test
  void growsByATenthFromATenthOfASecond() {
    Backoff backoff = new Backoff(Duration.ofSeconds(5), drawing(0.5));

    assertEquals(List.of(100L, 110L, 121L, 133L, 146L, 161L), delays(backoff, 6));
  }

  @Test
  void jitterIsAFifthEitherWay() {
    assertEquals(List.of(80L, 88L, 96L), delays(new Backoff(Duration.ofSeconds(5), drawing(0)), 3));
    assertEquals(
        List.of(120L, 132L, 145L),
        delays(new Backoff(Duration.ofSeconds(5), drawing(Math.nextDown(1.0))), 3));
  }

  @ParameterizedTest
  @ValueSource(longs = {100, 101, 1000, 5000, 3_600_000})
  void noDelayIsLongerThanTheLimitOrShorterThanFourFifthsOfTheFirst(long limit) {
    Backoff backoff = new Backoff(Duration.ofMillis(limit), new Random(7));

    for (long delay : delays(backoff, 500)) {
      assertTrue(delay >= 80 && delay <= limit, "delay " + delay);
    }
  }

  @Test
  void staysNearTheLimit() {
    Backoff backoff = new Backoff(Duration.ofSeconds(5), new Random(7));
    delays(backoff, 60);

    for (long delay : delays(backoff, 100)) {
      assertTrue(delay >= 4000 && delay <= 5000, "delay " + delay);
    }
  }

  @Test
  void jitterSpreadsThoseThatStartTogether() {
    List<Long> first = new ArrayList<>();
    for (int seed = 0; seed < 200; seed++) {
      first.add(new Backoff(Duration.ofSeconds(5), new Random(seed * 7919L)).next().toMillis());
    }

    assertTrue(first.stream().distinct().count() > 20, first.toString());
  }

  @Test
  void startsFromTheFirstAgainAfterASuccess() {
    Backoff backoff = new Backoff(Duration.ofSeconds(5), drawing(0.5));
    delays(backoff, 30);

    backoff.reset();

    assertEquals(List.of(100L, 110L), delays(backoff, 2));
  }
}
