package dev.nodepass.runtime.control;

import java.util.Locale;
import java.util.Optional;

/** Which side of a session takes users. */
public enum SessionMode {
  /** The server listens, the client dials the service. */
  REVERSE,
  /** The client listens, the server dials the service. */
  FORWARD;

  /** The word of the protocol. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<SessionMode> of(String word) {
    for (SessionMode mode : values()) {
      if (mode.word().equals(word)) {
        return Optional.of(mode);
      }
    }
    return Optional.empty();
  }
}
