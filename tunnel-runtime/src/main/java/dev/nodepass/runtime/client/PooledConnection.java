package dev.nodepass.runtime.client;

import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.pool.IdleConnection;
import io.netty.channel.socket.DuplexChannel;

/** A data connection to the server, by the id that the server gave it. */
final class PooledConnection extends IdleConnection {
  private final long since;

  /**
   * @param since when it became idle, in nanoseconds of the client's monotonic clock
   */
  PooledConnection(Loop loop, DuplexChannel channel, String id, Owner owner, long since) {
    super(loop, channel, id, owner);
    this.since = since;
  }

  long since() {
    return since;
  }
}
