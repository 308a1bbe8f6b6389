package dev.nodepass.operator.status;

/**
 * What was found of one aspect.
 *
 * @param reason why, for programs
 * @param message why, for people
 */
record Finding(Truth truth, Reason reason, String message) {

  /** Whether it holds. */
  enum Truth {
    TRUE("True"),
    FALSE("False"),
    UNKNOWN("Unknown");

    private final String word;

    Truth(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }
  }

  static Finding yes(Reason reason, String message) {
    return new Finding(Truth.TRUE, reason, message);
  }

  static Finding no(Reason reason, String message) {
    return new Finding(Truth.FALSE, reason, message);
  }

  static Finding unknown(Reason reason, String message) {
    return new Finding(Truth.UNKNOWN, reason, message);
  }

  boolean holds() {
    return truth == Truth.TRUE;
  }

  /** The same cause, for an aspect that does or does not hold because of it. */
  Finding as(Truth other) {
    return new Finding(other, reason, message);
  }
}
