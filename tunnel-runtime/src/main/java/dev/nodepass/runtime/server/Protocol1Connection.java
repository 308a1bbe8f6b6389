package dev.nodepass.runtime.server;

import dev.nodepass.runtime.control.Signal.Traffic;
import dev.nodepass.runtime.listen.DataConnection;
import dev.nodepass.runtime.listen.Upstream;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.relay.tcp.Relay;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;

/** A data connection of a protocol 1 session: its launch travels on the control connection. */
final class Protocol1Connection extends DataConnection {
  private final Protocol1Session session;

  Protocol1Connection(Loop loop, DuplexChannel channel, String id, Protocol1Session session) {
    super(loop, channel, id, session);
    this.session = session;
  }

  @Override
  public Upstream upstream() {
    return session;
  }

  @Override
  protected Relay.End launch(InetSocketAddress from, InetSocketAddress to) {
    session.launch(Traffic.TCP, id());
    return Relay.End.raw(channel(), this);
  }

  @Override
  protected void launched(Relay relay) {}

  @Override
  protected void launchDatagram() {
    session.launch(Traffic.UDP, id());
  }

  @Override
  protected void launchLane(int number) {
    throw new IllegalStateException("protocol 1 has no lanes");
  }

  @Override
  protected void laneBegun() {}
}
