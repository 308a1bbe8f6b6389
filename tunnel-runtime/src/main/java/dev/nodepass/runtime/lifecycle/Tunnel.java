package dev.nodepass.runtime.lifecycle;

import dev.nodepass.runtime.observe.StatusSource;
import io.vertx.core.Future;

/**
 * A role: what the {@link Runner} starts, starts again, drains and stops. Methods are called on one
 * loop, one at a time, but for {@link #status()}.
 */
public interface Tunnel extends StatusSource {
  /**
   * Begins a life. Whatever an earlier life left is gone.
   *
   * @return completes when the tunnel is up, fails with a {@link TunnelFailure} that says why not
   */
  Future<Void> start();

  /** When the life begun last has ended by itself, and why; a role may live until it is stopped. */
  Future<String> ended();

  /** Takes no new users from now on; what runs goes on. */
  void stopAccepting();

  /** Completes when nothing runs any more; meant for after {@link #stopAccepting()}. */
  Future<Void> quiet();

  /**
   * Ends what still runs.
   *
   * @return how many were cut
   */
  int cut();

  /** Closes everything. */
  void close();
}
