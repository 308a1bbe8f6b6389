package dev.nodepass.runtime.client;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.HandshakeFailures;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.function.Consumer;
import javax.net.ssl.SSLHandshakeException;

/** The TLS handshake of a connection to the server. On the connection's loop. */
final class Handshake extends ChannelInboundHandlerAdapter {
  /** How long the server may take. */
  static final Duration DEADLINE = Duration.ofSeconds(5);

  private static final String CLOSED = "the server closed the connection during the TLS handshake";

  private final Runnable done;
  private final Consumer<Failure> failed;
  private boolean over;

  /**
   * Why there is no connection.
   *
   * @param untrusted true when it is for the certificate that the server showed
   */
  record Failure(String words, boolean untrusted) {}

  private Handshake(Runnable done, Consumer<Failure> failed) {
    this.done = done;
    this.failed = failed;
  }

  /**
   * Begins.
   *
   * @param done another stage has to begin in it
   * @param failed told why; the connection is being closed
   */
  static void begin(
      DuplexChannel channel, SslHandler tls, Runnable done, Consumer<Failure> failed) {
    tls.setHandshakeTimeoutMillis(DEADLINE.toMillis());
    // The end of a TLS connection has no halves.
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
    Channels.stage(channel, new Handshake(done, failed));
    channel.pipeline().addFirst("tls", tls);
    channel.config().setAutoRead(true);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (!handshake.isSuccess()) {
        fail(ctx, handshake.cause());
      } else if (!over) {
        over = true;
        ctx.channel().config().setAutoRead(false);
        done.run();
      }
    }
  }

  private static String words(Throwable cause) {
    if (innermost(cause) instanceof ClosedChannelException) {
      return CLOSED;
    }
    return switch (cause) {
      case NotSslRecordException none ->
          "it does not speak TLS: is this the tunnel port of a server?";
      case SslHandshakeTimeoutException slow ->
          "no TLS handshake within "
              + DEADLINE.toSeconds()
              + " s: the server is too busy, or is a Go server that has a client already";
      case SSLHandshakeException refused ->
          "the TLS handshake failed: " + innermost(refused).getMessage();
      default -> "the TLS handshake failed: " + cause.getMessage();
    };
  }

  private static Throwable innermost(Throwable cause) {
    Throwable inner = cause;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    return inner;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(ctx, new Failure(CLOSED, false));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    fail(ctx, cause);
  }

  private void fail(ChannelHandlerContext ctx, Throwable cause) {
    boolean untrusted = HandshakeFailures.isUntrusted(cause);
    fail(
        ctx,
        new Failure(
            untrusted
                ? "its certificate is not trusted: " + innermost(cause).getMessage()
                : words(cause),
            untrusted));
  }

  private void fail(ChannelHandlerContext ctx, Failure why) {
    if (!over) {
      over = true;
      failed.accept(why);
      ctx.close();
    }
  }
}
