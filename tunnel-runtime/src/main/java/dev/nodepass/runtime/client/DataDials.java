package dev.nodepass.runtime.client;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.MessageCodec;
import dev.nodepass.runtime.control.Protocol2;
import dev.nodepass.runtime.control.SignalCodec;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.FirstLine;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Function;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Opens data connections to an address. Behind a balancer each may reach another server than that
 * of the session which wants it: it is then given to the session with that one. Thread-safe; each
 * is handled on its own loop. Source: docs/protocol.md, "Data connections".
 */
final class DataDials {
  private static final Logger LOG = Logger.getLogger(DataDials.class);

  private final TunnelContext context;
  private final Dialer dialer;
  private final ClientTls tls;
  private final String host;
  private final int port;
  private final Function<String, @Nullable Protocol2Session> sessions;

  /**
   * @param sessions finds the session with an instance
   */
  DataDials(
      TunnelContext context,
      Dialer dialer,
      ClientTls tls,
      String host,
      int port,
      Function<String, @Nullable Protocol2Session> sessions) {
    this.context = context;
    this.dialer = dialer;
    this.tls = tls;
    this.host = host;
    this.port = port;
    this.sessions = sessions;
  }

  /**
   * Opens one; completes when it is idle, in whichever session, or was not needed there.
   *
   * @param connected told when TCP stands
   */
  Future<Refill.Landed> dial(Protocol2Session wanting, Runnable connected) {
    Loop on = context.loops().next();
    boolean framed = !wanting.isPlain();
    return dialer
        .dial(on, host, port)
        .onSuccess(channel -> connected.run())
        .compose(
            channel -> {
              Opening opening = new Opening(wanting, on, channel, framed);
              opening.begin();
              return opening.done.future();
            })
        .onFailure(
            cause ->
                LOG.debugf(
                    "data connection to %s:%d failed: %s", host, port, Failures.dial(cause)));
  }

  /** One data connection until it is idle. */
  private final class Opening implements FirstLine.Reader {
    private final Protocol2Session wanting;
    private final Loop on;
    private final DuplexChannel channel;
    private final boolean framed;
    private final Promise<Refill.Landed> done = Promise.promise();
    private @Nullable SslHandler handler;

    Opening(Protocol2Session wanting, Loop on, DuplexChannel channel, boolean framed) {
      this.wanting = wanting;
      this.on = on;
      this.channel = channel;
      this.framed = framed;
    }

    void begin() {
      if (framed) {
        SslHandler ssl = tls.data(channel, host, port);
        handler = ssl;
        Handshake.begin(channel, ssl, this::readName, failure -> done.tryFail(failure.words()));
      } else {
        write(new Message.DataOpen());
        readName();
      }
    }

    private void write(Message message) {
      channel.writeAndFlush(
          Unpooled.copiedBuffer(MessageCodec.encode(message), StandardCharsets.US_ASCII),
          channel.voidPromise());
    }

    private void readName() {
      FirstLine.read(
          on, channel, Early.NOTHING, SignalCodec.LONGEST_LINE, Protocol2.OPENING_DEADLINE, this);
    }

    @Override
    public void failed(FirstLine.Failure failure) {
      done.tryFail("the server did not name itself (" + failure + ")");
    }

    @Override
    public void line(String line, Early rest) {
      if (!(MessageCodec.decode(line)
          instanceof MessageCodec.Decoded.Known(Message.Server server))) {
        fail(rest, "the server did not name itself");
        return;
      }
      Protocol2Session session = sessions.apply(server.instance());
      if (session == null || (session != wanting && !session.hasRoom())) {
        LOG.debugf("data connection to %s:%d reached another server", host, port);
        close(rest);
        done.tryComplete(Refill.Landed.ELSEWHERE);
      } else {
        join(session, rest);
      }
    }

    private void join(Protocol2Session session, Early rest) {
      SslHandler ssl = handler;
      Optional<Message.Data> ticket = session.ticket();
      if (ssl != null && !session.knows(ClientTls.shown(ssl))) {
        String why = "the server showed a certificate that its session did not prove";
        context
            .refusals()
            .add(
                Refusal.SERVER_UNPROVEN,
                "a data connection to %s:%d was closed: %s".formatted(host, port, why));
        fail(rest, why);
      } else if (ticket.isEmpty() || session.isPlain() == framed) {
        fail(rest, "the session has ended");
      } else {
        write(ticket.get());
        session.adopt(on, channel, framed, ticket.get().number(), rest);
        done.tryComplete(session == wanting ? Refill.Landed.HERE : Refill.Landed.ELSEWHERE);
      }
    }

    private void fail(Early rest, String why) {
      close(rest);
      done.tryFail(why);
    }

    private void close(Early rest) {
      rest.release();
      channel.close();
    }
  }
}
