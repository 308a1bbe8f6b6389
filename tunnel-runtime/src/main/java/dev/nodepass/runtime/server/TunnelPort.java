package dev.nodepass.runtime.server;

import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.net.InetAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Connections on the tunnel port until their TLS handshake is over: each has a deadline, and they
 * are capped in all and for each source, so that whoever only connects disturbs nobody.
 * Thread-safe.
 */
final class TunnelPort {
  /** Connections whose handshake is not over, in all. */
  static final int MOST_STRANGERS = 512;

  /** The same from one address. */
  static final int MOST_STRANGERS_PER_SOURCE = 64;

  private final ServerContext context;
  private final SslContext tls;
  private final Executor handshakes;
  private final RemotePorts remotePorts;
  private final Sessions sessions;
  private final Consumer<ServerSession> onArrived;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Set<ServerSession> strangers = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<InetAddress, Integer> sources = new ConcurrentHashMap<>();

  /**
   * @param handshakes where the arithmetic of a handshake is done, off the event loops
   * @param onArrived told of each idle data connection more
   */
  TunnelPort(
      ServerContext context,
      SslContext tls,
      Executor handshakes,
      Sessions sessions,
      Consumer<ServerSession> onArrived) {
    this.context = context;
    this.tls = tls;
    this.handshakes = handshakes;
    this.remotePorts = new RemotePorts(context.settings().remote());
    this.sessions = sessions;
    this.onArrived = onArrived;
  }

  /** A connection came. On its loop, before anything was read. */
  void accepted(Loop loop, DuplexChannel channel) {
    InetAddress source = Channels.remote(channel).getAddress();
    if (strangers.size() >= MOST_STRANGERS) {
      refuse(channel, Refusal.HANDSHAKES_LIMIT, MOST_STRANGERS + " handshakes are under way");
      return;
    }
    if (sources.merge(source, 1, Integer::sum) > MOST_STRANGERS_PER_SOURCE) {
      forget(source);
      refuse(
          channel,
          Refusal.HANDSHAKES_SOURCE_LIMIT,
          MOST_STRANGERS_PER_SOURCE + " handshakes from this address are under way");
      return;
    }
    String name = "client-" + numbers.incrementAndGet();
    Stranger stranger = new Stranger(source);
    ServerSession session = new ServerSession(context, stranger, remotePorts, loop, channel, name);
    strangers.add(session);
    SslHandler handler = tls.newHandler(channel.alloc(), handshakes);
    // The session's state machine keeps the deadline.
    handler.setHandshakeTimeoutMillis(0);
    Channels.stage(channel, session);
    channel.pipeline().addFirst(handler);
    session.begin();
  }

  private void refuse(DuplexChannel channel, Refusal reason, String why) {
    String from = Addresses.text(Channels.remote(channel));
    context
        .refusals()
        .add(
            reason, "a connection from %s to the tunnel port was refused: %s".formatted(from, why));
    channel.close();
  }

  private void forget(InetAddress source) {
    sources.computeIfPresent(source, (address, count) -> count == 1 ? null : count - 1);
  }

  /** Ends all sessions, and those that would become one. */
  void close() {
    strangers.forEach(session -> session.close("the server is shutting down"));
    sessions.all().forEach(session -> session.close("the server is shutting down"));
  }

  /** What a session tells, from its first byte on. */
  private final class Stranger implements ServerSession.Events {
    private final InetAddress source;

    Stranger(InetAddress source) {
      this.source = source;
    }

    @Override
    public void handshakeOver(ServerSession session) {
      if (strangers.remove(session)) {
        forget(source);
      }
    }

    @Override
    public void serving(ServerSession session) {
      sessions.add(session);
    }

    @Override
    public void arrived(ServerSession session) {
      onArrived.accept(session);
    }

    @Override
    public void ended(ServerSession session) {
      handshakeOver(session);
      sessions.remove(session);
    }
  }
}
