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
            .formatted(part, printable(value), allowed, example));
  }

  /** The value as it may be shown: on one line, not longer than a line. */
  private static String printable(String value) {
    String oneLine = value.replaceAll("\\p{Cntrl}", "?");
    return oneLine.length() <= 120 ? oneLine : oneLine.substring(0, 117) + "...";
  }
}
