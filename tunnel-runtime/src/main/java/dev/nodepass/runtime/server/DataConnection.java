package dev.nodepass.runtime.server;

import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.pool.IdleConnection;
import io.netty.channel.socket.DuplexChannel;

/** A data connection of a session, made by its client. */
final class DataConnection extends IdleConnection {
  private final ServerSession session;

  DataConnection(Loop loop, DuplexChannel channel, String id, ServerSession session) {
    super(loop, channel, id, session);
    this.session = session;
  }

  ServerSession session() {
    return session;
  }
}
