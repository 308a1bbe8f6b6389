package dev.nodepass.operator.event;

/** What an Event is about. The words are part of the API. */
public enum EventReason {
  /** Traffic can pass now. */
  READY("Ready", false),
  /** Traffic cannot pass any more. */
  NOT_READY("NotReady", true),
  /** A session with the other side came up. */
  CONNECTED("Connected", false),
  /** The last session ended. */
  DISCONNECTED("Disconnected", true),
  /** Something is wrong that does not mend itself, or another thing than before. */
  DEGRADED("Degraded", true),
  /** What was wrong is mended. */
  RECOVERED("Recovered", false),
  /** A key was made. */
  KEY_CREATED("KeyCreated", false),
  /** A key was deleted, because its time was over. */
  KEY_DELETED("KeyDeleted", false);

  private final String word;
  private final boolean warning;

  EventReason(String word, boolean warning) {
    this.word = word;
    this.warning = warning;
  }

  /** As it stands in the Event. */
  public String word() {
    return word;
  }

  /** True when somebody may have to act. */
  public boolean warning() {
    return warning;
  }
}
