package dev.nodepass.runtime.listen;

import org.jspecify.annotations.Nullable;

/** A session to which users can be sent, whatever protocol it speaks. Thread-safe. */
public interface Upstream {
  /** True when a user can be sent here now: it serves and has an idle data connection. */
  boolean hasIdle();

  /**
   * True when it is to be counted on, for readiness: it serves, and has an idle data connection or
   * had one a moment ago.
   */
  boolean isEligible();

  /** Users now. */
  int running();

  /** Idle data connections. */
  int idle();

  /** Claims an idle data connection, preferably of that loop; null when there is none. */
  @Nullable DataConnection take(int fromLoop);

  /** Makes a claimed connection idle again that nothing was done with. On the connection's loop. */
  void putBack(DataConnection connection);

  /** A user was given one of its connections. */
  void userStarted();

  /** That user is done. */
  void userEnded();

  /** The service refused: for a moment others are preferred. */
  void serviceFailed();

  /** False for a moment after the service refused. */
  boolean isPreferred();

  /** So many users wait for a data connection. */
  void usersWait(int count);

  /** Its lanes for UDP; null where each datagram needs a data connection (protocol 1). */
  @Nullable Lanes lanes();
}
