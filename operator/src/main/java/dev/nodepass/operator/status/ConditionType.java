package dev.nodepass.operator.status;

/** The aspects of a tunnel that its status tells. */
public enum ConditionType {
  /** Traffic can pass. */
  READY("Ready"),
  /** This side does its part: pods run, and clients can dial a server. */
  AVAILABLE("Available"),
  /** Pods are being exchanged, added or taken away. */
  PROGRESSING("Progressing"),
  /** Something is wrong that does not mend itself. */
  DEGRADED("Degraded"),
  /** A session with the other side is up. */
  CONNECTED("Connected");

  private final String word;

  ConditionType(String word) {
    this.word = word;
  }

  /** As it stands in the resource. */
  public String word() {
    return word;
  }
}
