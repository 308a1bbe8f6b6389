package dev.nodepass.runtime.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RefusalsTest {
  private static final Logger LOG = Logger.getLogger(Refusals.class.getName());

  /** Keeps what is logged. */
  private static final class Lines extends Handler {
    private final List<String> lines = new ArrayList<>();

    @Override
    public void publish(LogRecord line) {
      lines.add(line.getLevel() + " " + line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  private final Lines log = new Lines();
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final Refusals refusals = new Refusals(() -> now);

  @BeforeEach
  void listen() {
    LOG.setUseParentHandlers(false);
    LOG.addHandler(log);
  }

  @AfterEach
  void stopListening() {
    LOG.removeHandler(log);
    LOG.setUseParentHandlers(true);
  }

  private void pass(long millis) {
    now = now.plus(Duration.ofMillis(millis));
  }

  @Test
  void theFirstOfAKindIsSaidAtOnce() {
    refusals.add(Refusal.USER_LIMIT, "one");

    assertEquals(List.of("WARN one"), log.lines);
  }

  @Test
  void aFloodIsOneLineASecondWithTheCountOfTheUnsaid() {
    for (int i = 0; i < 3000; i++) {
      refusals.add(Refusal.USER_LIMIT, "refusal " + i);
      pass(1);
    }

    assertEquals(
        List.of(
            "WARN refusal 0",
            "WARN refusal 1000 (and 999 more like it)",
            "WARN refusal 2000 (and 999 more like it)"),
        log.lines);
    assertEquals(3000, refusals.count(Refusal.USER_LIMIT).sum());
  }

  @Test
  void afterAPauseNothingIsCountedAsUnsaidThatWasSaid() {
    refusals.add(Refusal.USER_LIMIT, "one");
    pass(999);
    refusals.add(Refusal.USER_LIMIT, "two");
    pass(60_000);
    refusals.add(Refusal.USER_LIMIT, "three");
    pass(60_000);
    refusals.add(Refusal.USER_LIMIT, "four");

    assertEquals(List.of("WARN one", "WARN three (and 1 more like it)", "WARN four"), log.lines);
  }

  @Test
  void oneKindDoesNotSilenceAnother() {
    for (Refusal reason : Refusal.values()) {
      refusals.add(reason, reason.label());
      refusals.add(reason, "again");
    }

    assertEquals(Arrays.stream(Refusal.values()).map(r -> "WARN " + r.label()).toList(), log.lines);
  }

  @Test
  void aPercentSignIsNoFormat() {
    refusals.add(Refusal.ID_UNKNOWN, "100%s %d {0}");

    assertEquals(List.of("WARN 100%s %d {0}"), log.lines);
  }

  @Test
  void theLastSixteenAreKeptTheOldestFirst() {
    for (int i = 0; i < 40; i++) {
      refusals.add(i % 2 == 0 ? Refusal.USER_LIMIT : Refusal.DATA_LIMIT, "refusal " + i);
      pass(1);
    }

    assertEquals(
        IntStream.range(24, 40).mapToObj(i -> "refusal " + i).toList(),
        refusals.last().stream().map(Refusals.Last::text).toList());
    assertEquals(
        new Refusals.Last(
            Refusal.DATA_LIMIT, "refusal 39", Instant.parse("2026-01-01T00:00:00.039Z")),
        refusals.last().getLast());
  }

  @Test
  void whatWasReadDoesNotChangeAfterwards() {
    refusals.add(Refusal.USER_LIMIT, "one");
    List<Refusals.Last> before = refusals.last();

    refusals.add(Refusal.USER_LIMIT, "two");

    assertEquals(1, before.size());
    assertEquals(2, refusals.last().size());
  }

  @ParameterizedTest
  @EnumSource
  void everyKindHasACounterAndALabel(Refusal reason) {
    assertEquals(0, refusals.count(reason).sum());
    assertTrue(reason.label().matches("[a-z]+(_[a-z]+)*"));
  }
}
