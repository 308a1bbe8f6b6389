package dev.nodepass.runtime.serve;

import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.relay.tcp.Relay;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Optional;

/**
 * A data connection that was launched for a user's stream, seen from the serving side. Methods are
 * called on its loop.
 */
public interface Launched {
  /** The loop of the connection. */
  Loop owningLoop();

  /** The connection itself. */
  DuplexChannel channel();

  /** The user's name in logs. */
  String id();

  /** The user's address; empty where the protocol does not tell it. */
  Optional<InetSocketAddress> from();

  /** The address that the user reached; empty where the protocol does not tell it. */
  Optional<InetSocketAddress> to();

  /** It is being served: it reads no further until the relay begins. */
  void hold();

  /** The service was reached. What the stream travels on from now on. */
  Relay.End accepted();

  /** The service was not reached. */
  void failed(Failure failure);

  /** Why not. */
  enum Failure {
    REFUSED,
    TIMEOUT,
    UNREACHABLE,
    LIMIT;

    /** The word of the protocol. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
