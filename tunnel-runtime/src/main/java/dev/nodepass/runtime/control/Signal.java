package dev.nodepass.runtime.control;

/** What protocol 1 says on the control channel; only the server speaks. */
public sealed interface Signal {
  /**
   * Where data connections go; also the heartbeat.
   *
   * @param port 1 to 65535
   */
  record Remote(int port) implements Signal {}

  /**
   * A data connection was taken.
   *
   * @param traffic what will travel on it
   * @param id the connection's id, opaque to the client
   */
  record Launch(Traffic traffic, String id) implements Signal {}

  /** What a data connection carries. */
  enum Traffic {
    TCP,
    UDP
  }
}
