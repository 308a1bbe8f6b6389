package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.pool.IdleConnection;
import dev.nodepass.runtime.relay.tcp.Relay;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;

/** A data connection, seen from the listening side. */
public abstract class DataConnection extends IdleConnection {
  protected DataConnection(Loop loop, DuplexChannel channel, String id, Owner owner) {
    super(loop, channel, id, owner);
  }

  /** The session it belongs to. */
  public abstract Upstream upstream();

  /**
   * Tells the serving side that a user's stream follows. On the connection's loop, claimed and
   * held.
   *
   * @param from the user
   * @param to the address that the user reached
   * @return how the stream travels
   */
  protected abstract Relay.End launch(InetSocketAddress from, InetSocketAddress to);

  /** The relay of the launched stream has begun. On the connection's loop. */
  protected abstract void launched(Relay relay);

  /** Tells the serving side that one datagram follows (protocol 1). On the connection's loop. */
  protected abstract void launchDatagram();

  /** Tells the serving side that a lane begins (protocol 2). On the connection's loop. */
  protected abstract void launchLane(int number);

  /** The lane is the connection's stage now. On the connection's loop. */
  protected abstract void laneBegun();
}
