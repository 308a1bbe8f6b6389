package dev.nodepass.runtime.relay.tcp;

/** How a relay ended. */
public enum Outcome {
  /** Both directions ended in order. */
  COMPLETE,
  /** The user's connection broke; the other was reset. */
  USER_RESET,
  /** The connection towards the service broke; the user's was reset. */
  SERVICE_RESET,
  /** The service could not be reached; the user's connection was reset. */
  SERVICE_UNREACHABLE,
  /** Ended from this side: the time to drain was over. */
  CUT
}
