package dev.nodepass.runtime.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations as Go writes them: numbers with units, also compound ({@code 500ms}, {@code 1m30s},
 * {@code 1.5h}). Source: the Go standard library's documentation of {@code time.ParseDuration}. A
 * bare number is not one, except {@code 0}.
 */
public final class GoDuration {
  private static final Map<String, BigDecimal> NANOS =
      Map.of(
          "ns", BigDecimal.ONE,
          "us", new BigDecimal(1_000L),
          "µs", new BigDecimal(1_000L),
          "μs", new BigDecimal(1_000L),
          "ms", new BigDecimal(1_000_000L),
          "s", new BigDecimal(1_000_000_000L),
          "m", new BigDecimal(60_000_000_000L),
          "h", new BigDecimal(3_600_000_000_000L));
  private static final Pattern PIECE =
      Pattern.compile("(\\d{1,18}(?:\\.\\d{0,18})?|\\.\\d{1,18})(ns|us|µs|μs|ms|s|m|h)");

  private GoDuration() {}

  /** The duration, or empty when the text is not one; a sign is read, as Go does. */
  public static Optional<Duration> parse(String text) {
    String rest = text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher pieces = PIECE.matcher(rest);
    int end = 0;
    while (end < rest.length() && pieces.region(end, rest.length()).lookingAt()) {
      BigDecimal unit = NANOS.getOrDefault(pieces.group(2), BigDecimal.ONE);
      nanos = nanos.add(new BigDecimal(pieces.group(1)).multiply(unit));
      end = pieces.end();
    }
    if (end == 0 || end != rest.length() || nanos.compareTo(new BigDecimal(Long.MAX_VALUE)) > 0) {
      return Optional.empty();
    }
    Duration length = Duration.ofNanos(nanos.longValue());
    return Optional.of(text.startsWith("-") ? length.negated() : length);
  }

  /** The shortest usual form of a duration, such as {@code 5s}, {@code 1m30s} or {@code 100ms}. */
  public static String format(Duration duration) {
    if (duration.isNegative()) {
      return "-" + format(duration.negated());
    }
    long nanos = duration.toNanos();
    if (nanos % 1_000_000_000L != 0) {
      return nanos % 1_000_000L == 0 ? nanos / 1_000_000L + "ms" : nanos + "ns";
    }
    long seconds = duration.toSeconds();
    StringBuilder text = new StringBuilder();
    if (seconds >= 3600) {
      text.append(seconds / 3600).append('h');
    }
    if (seconds % 3600 >= 60) {
      text.append(seconds % 3600 / 60).append('m');
    }
    if (seconds % 60 > 0 || text.isEmpty()) {
      text.append(seconds % 60).append('s');
    }
    return text.toString();
  }
}
