package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "5s,         5000000000",
    "500ms,      500000000",
    "1m30s,      90000000000",
    "1.5h,       5400000000000",
    "1h2m3s,     3723000000000",
    "2h45m,      9900000000000",
    ".5s,        500000000",
    "1.s,        1000000000",
    "0.25ms,     250000",
    "3us,        3000",
    "3µs,        3000",
    "3μs,        3000",
    "7ns,        7",
    "1s500ms,    1500000000",
    "30s1m,      90000000000",
    "0,          0",
    "0s,         0",
    "-0,         0",
    "+5s,        5000000000",
    "-5s,        -5000000000",
    "-1m30s,     -90000000000",
    "007s,       7000000000",
    "0.000000001s, 1",
  })
  void readsWhatGoReads(String text, long nanos) {
    assertEquals(Optional.of(Duration.ofNanos(nanos)), GoDuration.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "5", "-5", "1.5", "s", ".s", "-", "+", "--5s", "+-5s", "5S", "5 s", " 5s", "5s ",
        "1d", "1w", "5sec", "1,5s", "1..5s", "1e3s", "0x5s", "5m5", "٥s", "s5", "5ss", ".", "1h-2m"
      })
  void refusesWhatGoRefuses(String text) {
    assertEquals(Optional.empty(), GoDuration.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372037s",
        "2562048h",
        "999999999999999999h",
        "9223372036s1s",
        "-9223372037s",
        "99999999999999999999999999s"
      })
  void refusesWhatDoesNotFitInNanoseconds(String text) {
    assertEquals(Optional.empty(), GoDuration.parse(text));
  }

  @ParameterizedTest
  @CsvSource({"9223372036s,9223372036", "2562047h,9223369200", "-9223372036s,-9223372036"})
  void readsWhatJustFits(String text, long seconds) {
    assertEquals(Optional.of(Duration.ofSeconds(seconds)), GoDuration.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "5000000000,     5s",
    "90000000000,    1m30s",
    "100000000,      100ms",
    "1500000000,     1500ms",
    "3600000000000,  1h",
    "86400000000000, 24h",
    "3601000000000,  1h1s",
    "0,              0s",
    "1,              1ns",
    "1000001,        1000001ns",
    "60000000000,    1m",
  })
  void writesTheShortestUsualForm(long nanos, String text) {
    assertEquals(text, GoDuration.format(Duration.ofNanos(nanos)));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        1,
        999,
        1_000_000,
        999_999_999,
        1_000_000_000,
        59_999_000_000L,
        61_000_000_000L,
        3_599_000_000_000L,
        3_661_000_000_000L,
        86_400_000_000_001L
      })
  void whatIsWrittenIsReadAsTheSame(long nanos) {
    Duration duration = Duration.ofNanos(nanos);

    assertEquals(Optional.of(duration), GoDuration.parse(GoDuration.format(duration)));
  }
}
