package dev.nodepass.runtime.control;

import java.time.Duration;
import java.util.Optional;

/**
 * What protocol 2 says in lines, on control connections and at the beginning of data connections.
 * Source: docs/protocol.md.
 */
public sealed interface Message {
  /** The server names itself; the nonce is missing on a data connection. */
  record Server(String instance, int version, Optional<String> nonce) implements Message {}

  /**
   * The client names itself and proves its key.
   *
   * @param name of its key; empty for the default
   * @param proof hex; empty without a key
   * @param mode only when it wants one
   * @param plain it would like data connections without TLS
   */
  record Client(
      String instance,
      int version,
      String nonce,
      Optional<String> name,
      Optional<String> proof,
      Optional<SessionMode> mode,
      boolean plain)
      implements Message {}

  /**
   * The server takes the client.
   *
   * @param secret the key of the session's tickets, as hex; never shown
   * @param interval of heartbeats
   * @param peers how many instances stand behind the address
   * @param proof hex; empty without a key
   */
  record Session(
      String id,
      String secret,
      Duration interval,
      SessionMode mode,
      boolean plain,
      int peers,
      Optional<String> proof)
      implements Message {

    @Override
    public String toString() {
      return "Session[" + id + ", " + mode + "]";
    }
  }

  /**
   * The server does not take the client.
   *
   * @param reason a word of the protocol, or one that this version does not know
   * @param text for a person
   */
  record Refused(String reason, String text) implements Message {}

  /**
   * Heartbeat.
   *
   * @param number the peer's own, unsigned
   */
  record Ping(long number) implements Message {}

  /** The answer to it. */
  record Pong(long number) implements Message {}

  /**
   * What the listening server would like to have.
   *
   * @param idle data connections; 0 for no opinion
   * @param waiting users who wait right now
   */
  record Pool(int idle, int waiting) implements Message {}

  /** Start nothing new here. */
  record Drain(Duration grace) implements Message {}

  /** Nothing more will be started. */
  record Drained() implements Message {}

  /** A certificate that the server will show from now on, by its SHA-256. */
  record Certificate(String sha256) implements Message {}

  /** How many server instances there are now. */
  record Peers(int count) implements Message {}

  /** The client opens a plain data connection. */
  record DataOpen() implements Message {}

  /** The client says to which session a data connection belongs. */
  record Data(String session, long number, String ticket) implements Message {}

  /**
   * A user's stream begins.
   *
   * @param from the user's address, empty when unknown
   * @param to the address that the user reached
   */
  record Tcp(String id, Optional<String> from, Optional<String> to) implements Message {}

  /** A lane of UDP flows begins. */
  record Udp(String lane) implements Message {}

  /** The service was reached. */
  record Ok() implements Message {}

  /** The service was not reached; the reason is a word of the protocol, or an unknown one. */
  record Failed(String reason) implements Message {}
}
