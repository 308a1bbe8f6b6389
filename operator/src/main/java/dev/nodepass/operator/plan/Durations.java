package dev.nodepass.operator.plan;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations of a spec, such as {@code 1m30s}; the schema lets no others in. */
public final class Durations {
  private static final Pattern PIECE = Pattern.compile("(\\d{1,8})(ms|s|m|h)");

  private Durations() {}

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException when it is none
   */
  public static Duration parse(String text) {
    Duration sum = Duration.ZERO;
    int end = 0;
    for (Matcher piece = PIECE.matcher(text); end < text.length(); end = piece.end()) {
      if (!piece.region(end, text.length()).lookingAt()) {
        throw new IllegalArgumentException(
            "'" + text + "' is no duration such as 500ms, 60s or 1m30s");
      }
      long count = Long.parseLong(piece.group(1));
      sum =
          sum.plus(
              switch (piece.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                default -> Duration.ofHours(count);
              });
    }
    if (end == 0) {
      throw new IllegalArgumentException("a duration is missing");
    }
    return sum;
  }

  /** Seconds, the last begun one included. */
  public static long seconds(String text) {
    Duration duration = parse(text);
    return duration.toSeconds() + (duration.toNanosPart() > 0 ? 1 : 0);
  }
}
