package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.ProxyHeader;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.Refusals;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/** A connection that a balancer begins with the PROXY protocol's header. On its loop. */
public final class ProxiedConnection {
  /** A balancer sends the header at once. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private ProxiedConnection() {}

  /** Takes the connection with the addresses that its header names. */
  @FunctionalInterface
  public interface Acceptor {
    /**
     * @param rest what came behind the header; taken over
     */
    void accepted(Addressed addresses, Early rest);
  }

  /** Reads the header; a connection without one is closed and counted. */
  public static void read(Loop loop, DuplexChannel channel, Refusals refusals, Acceptor acceptor) {
    Addressed own = new Addressed(Channels.remote(channel), Channels.local(channel));
    ProxyHeader.read(
        loop,
        channel,
        PATIENCE,
        new ProxyHeader.Reader() {
          @Override
          public void header(
              Optional<InetSocketAddress> from, Optional<InetSocketAddress> to, Early rest) {
            acceptor.accepted(new Addressed(from.orElse(own.from()), to.orElse(own.to())), rest);
          }

          @Override
          public void failed(String why) {
            refusals.add(
                Refusal.PROXY_HEADER,
                "a connection from %s was refused: accept-proxy=1, and %s"
                    .formatted(Addresses.text(own.from()), why));
          }
        });
  }
}
