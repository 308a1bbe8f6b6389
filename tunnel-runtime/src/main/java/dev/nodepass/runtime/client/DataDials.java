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

  /** Opens one; completes when it is idle, in whichever session. */
  Future<Void> dial(Protocol2Session wanting) {
    Loop on = context.loops().next();
    boolean framed = !wanting.isPlain();
    return dialer
        .dial(on, host, port)
        .compose(
            channel -> {
              Opening opening = new Opening(on, channel, framed);
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
    private final Loop on;
    private final DuplexChannel channel;
    private final boolean framed;
    private final Promise<Void> done = Promise.promise();
    private @Nullable SslHandler handler;

    Opening(Loop on, DuplexChannel channel, boolean framed) {
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
      Optional<String> wrong = named(line, rest);
      if (wrong.isPresent()) {
        rest.release();
        channel.close();
        done.tryFail(wrong.get());
      } else {
        done.tryComplete();
      }
    }

    private Optional<String> named(String line, Early rest) {
      if (!(MessageCodec.decode(line)
          instanceof MessageCodec.Decoded.Known(Message.Server server))) {
        return Optional.of("the server did not name itself");
      }
      Protocol2Session session = sessions.apply(server.instance());
      if (session == null) {
        return Optional.of("another server answered, with which there is no session");
      }
      SslHandler ssl = handler;
      if (ssl != null && !session.knows(ClientTls.shown(ssl))) {
        String why = "the server showed a certificate that its session did not prove";
        context
            .refusals()
            .add(
                Refusal.SERVER_UNPROVEN,
                "a data connection to %s:%d was closed: %s".formatted(host, port, why));
        return Optional.of(why);
      }
      Optional<Message.Data> ticket = session.ticket();
      if (ticket.isEmpty() || session.isPlain() == framed) {
        return Optional.of("the session has ended");
      }
      write(ticket.get());
      session.adopt(on, channel, framed, ticket.get().number(), rest);
      return Optional.empty();
    }
  }
}
