package dev.nodepass.runtime.client;

import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.relay.tcp.Relay;
import dev.nodepass.runtime.serve.Launched;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.util.Optional;

/** A data connection of protocol 1 that was launched for a user's stream. On its loop. */
final class Protocol1Launch implements Launched {
  private final PooledConnection connection;

  Protocol1Launch(PooledConnection connection) {
    this.connection = connection;
  }

  @Override
  public Loop owningLoop() {
    return connection.owningLoop();
  }

  @Override
  public DuplexChannel channel() {
    return connection.channel();
  }

  @Override
  public String id() {
    return connection.id();
  }

  @Override
  public Optional<InetSocketAddress> from() {
    return Optional.empty();
  }

  @Override
  public Optional<InetSocketAddress> to() {
    return Optional.empty();
  }

  @Override
  public void hold() {
    connection.hold();
  }

  @Override
  public Relay.End accepted() {
    return Relay.End.raw(connection.channel(), connection);
  }

  /** The user is told by the close; protocol 1 has no other word for it. */
  @Override
  public void failed(Failure failure) {
    connection.channel().close();
  }
}
