package dev.nodepass.runtime.config;

/** Which side takes users' connections. */
public enum Mode {
  /** The server listens for users, the client dials the service. */
  REVERSE,
  /** The client listens for users, the server dials the service. Needs protocol 2. */
  FORWARD,
  /** Decided once at start, from where the server's target is. */
  AUTO
}
