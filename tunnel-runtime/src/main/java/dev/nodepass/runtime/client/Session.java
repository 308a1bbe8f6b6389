package dev.nodepass.runtime.client;

import dev.nodepass.runtime.observe.TunnelStatus;
import io.vertx.core.Future;
import java.time.Duration;

/**
 * A session with a server, whatever protocol it speaks. On the client's loop, but for the counts.
 */
sealed interface Session permits Protocol1Session, Protocol2Session {
  /** Completes with the reason when it is over. */
  Future<String> ended();

  /** True until the server drains or the session is over. From every thread. */
  boolean isServing();

  /** True when it serves and is to be counted on for the next user. From every thread. */
  boolean isEligible();

  /** Asks for no new users. */
  void drain(Duration grace);

  /** True when no user can be on the way any more. */
  boolean isQuiet();

  /** Ends it. */
  void close(String why);

  /** Idle data connections. From every thread. */
  int idle();

  /** Idle data connections wanted. From every thread. */
  int wanted();

  /** How it is. From every thread. */
  TunnelStatus.Session status();
}
