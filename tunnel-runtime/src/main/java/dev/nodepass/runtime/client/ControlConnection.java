package dev.nodepass.runtime.client;

import dev.nodepass.runtime.control.ClientProtocol1.Event;
import dev.nodepass.runtime.control.SignalCodec;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The control connection as events: TLS, then lines. On the connection's loop.
 *
 * <p>A client never writes on it.
 */
final class ControlConnection extends ChannelInboundHandlerAdapter {
  /** How long the server may take to answer the handshake. */
  static final Duration HANDSHAKE_DEADLINE = Duration.ofSeconds(5);

  private final DuplexChannel channel;
  private final LongSupplier nanos;
  private final Consumer<Event> events;
  private final Promise<Void> handshake = Promise.promise();

  private ControlConnection(DuplexChannel channel, LongSupplier nanos, Consumer<Event> events) {
    this.channel = channel;
    this.nanos = nanos;
    this.events = events;
  }

  /**
   * Does the handshake, then gives what comes to {@code events}.
   *
   * @param executor where the arithmetic of the handshake is done
   * @return when the handshake is over
   */
  static Future<Void> open(
      Loop loop,
      DuplexChannel channel,
      SslContext tls,
      Executor executor,
      LongSupplier nanos,
      Consumer<Event> events) {
    ControlConnection control = new ControlConnection(channel, nanos, events);
    SslHandler ssl = tls.newHandler(channel.alloc(), executor);
    ssl.setHandshakeTimeoutMillis(HANDSHAKE_DEADLINE.toMillis());
    Channels.stage(channel, control);
    channel
        .pipeline()
        .addFirst("lines", new LineBasedFrameDecoder(SignalCodec.LONGEST_LINE, true, true));
    channel.pipeline().addFirst("tls", ssl);
    channel.config().setAutoRead(true);
    return control.handshake.future();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf line = (ByteBuf) message;
    String text = line.toString(StandardCharsets.US_ASCII);
    line.release();
    events.accept(new Event.Line(text, nanos.getAsLong()));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        handshake.complete();
      } else {
        handshake.tryFail(handshakeError(done.cause()));
        channel.close();
      }
    } else if (event instanceof ChannelInputShutdownEvent) {
      closed("the server closed the control connection");
    }
  }

  private static String handshakeError(Throwable cause) {
    if (cause instanceof NotSslRecordException) {
      return "it does not speak TLS: is this the tunnel port of NodePass 1.0.x?";
    }
    if (cause instanceof SslHandshakeTimeoutException) {
      return "no TLS handshake within "
          + HANDSHAKE_DEADLINE.toSeconds()
          + " s: a Go server that has a client already keeps others waiting";
    }
    return "the TLS handshake failed: " + cause.getMessage();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof TooLongFrameException) {
      events.accept(new Event.LineTooLong());
    } else {
      closed("the control connection broke: " + cause.getMessage());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed("the control connection was closed");
  }

  private void closed(String why) {
    handshake.tryFail(why);
    events.accept(new Event.Closed(why));
  }
}
