package dev.nodepass.runtime.config;

/**
 * Input that a person has to correct. The message is one line: which part is wrong, the value, what
 * is allowed, and a right example.
 */
public final class InvalidInputException extends Exception {
  private static final long serialVersionUID = 1L;

  public InvalidInputException(String message) {
    super(message);
  }

  /** Says it in the one form that all of these lines have. */
  static InvalidInputException of(String part, String value, String allowed, String example) {
    return new InvalidInputException(
        "%s: '%s' is not valid: it must be %s, for example %s"
            .formatted(part, shortened(printable(value)), allowed, example));
  }

  /** The text as it may be shown: on one line, and harmless to a terminal. */
  public static String printable(String value) {
    return value.replaceAll("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]", "?");
  }

  /** The text, cut where it is too long for a line. */
  static String shortened(String text) {
    return text.length() <= 120 ? text : text.substring(0, 117) + "...";
  }
}
