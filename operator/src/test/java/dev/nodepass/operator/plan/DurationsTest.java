package dev.nodepass.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DurationsTest {
  @Test
  void piecesAreAdded() {
    assertEquals(Duration.ofSeconds(90), Durations.parse("1m30s"));
    assertEquals(Duration.ofMillis(500), Durations.parse("500ms"));
    assertEquals(Duration.ofHours(24), Durations.parse("24h"));
  }

  @Test
  void aSecondThatHasBegunCounts() {
    assertEquals(2, Durations.seconds("1001ms"));
    assertEquals(0, Durations.seconds("0s"));
  }

  @Test
  void whatIsNoDurationIsRefused() {
    for (String wrong : new String[] {"", "5", "s", "5x", "1m 30s", "-5s"}) {
      assertThrows(IllegalArgumentException.class, () -> Durations.parse(wrong), wrong);
    }
  }
}
