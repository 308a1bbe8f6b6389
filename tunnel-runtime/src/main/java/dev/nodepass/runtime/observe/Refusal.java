package dev.nodepass.runtime.observe;

import java.util.Locale;

/** Why something was turned away. Each reason is a value of the metric's label {@code reason}. */
public enum Refusal {
  /** A connection on the tunnel port that did not finish its TLS handshake in time. */
  HANDSHAKE_TIMEOUT,
  /** A connection on the tunnel port that does not speak TLS, or not as it must. */
  HANDSHAKE_FAILED,
  /** Too many connections on the tunnel port whose handshake is not done. */
  HANDSHAKES_LIMIT,
  /** Too many of those from one address. */
  HANDSHAKES_SOURCE_LIMIT,
  /** A control peer that said what its protocol does not allow. */
  CONTROL_GARBAGE,
  /** A client for which no port of the range is free. */
  NO_REMOTE_PORT,
  /** A data connection from another address than the client's. */
  DATA_FOREIGN_SOURCE,
  /** A data connection that spoke before it was taken. */
  DATA_GARBAGE,
  /** More idle data connections than one client may have. */
  DATA_LIMIT,
  /** A peer that speaks protocol 1 only, where that is not allowed. */
  LEGACY,
  /** A client from an address that is not allowed (allow-clients). */
  CLIENT_NOT_ALLOWED,
  /** A client whose key does not fit, or whose key's time is over. */
  UNAUTHORIZED,
  /** A client that came while the server stops. */
  SERVER_DRAINING,
  /** A client whose mode, protocol version or number does not suit the server. */
  SESSION_REFUSED,
  /** A data connection of no session, or with a ticket that does not fit or was used before. */
  TICKET,
  /** A server that could not prove what it has to. */
  SERVER_UNPROVEN,
  /** A server that does not take this client, and says why. */
  REFUSED_BY_SERVER,
  /** A connection without the header of the PROXY protocol, where each must have one. */
  PROXY_HEADER,
  /** A user from an address that is not allowed (allow). */
  USER_NOT_ALLOWED,
  /** A user beyond those that may come from one address (per-source). */
  USER_SOURCE_LIMIT,
  /** A user beyond those that may come in a second (accept-rate). */
  USER_RATE,
  /** A user who came while the tunnel stops. */
  USER_DRAINING,
  /** A user who waited in vain for a data connection. */
  USER_NO_CONNECTION,
  /** A user who waited in vain for a place among the running (SEMAPHORE_LIMIT). */
  USER_LIMIT,
  /** A user who found the queue of waiting users full. */
  USER_QUEUE_FULL,
  /** A launch for a data connection that this client does not have. */
  ID_UNKNOWN,
  /** The service could not be reached. */
  SERVICE_UNREACHABLE;

  /** The value of the label. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
