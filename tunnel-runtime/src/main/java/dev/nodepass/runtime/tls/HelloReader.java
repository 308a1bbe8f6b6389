package dev.nodepass.runtime.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ClientHello of a connection to the tunnel port, and puts the TLS handler in its own
 * place that suits what is offered. On the connection's loop.
 */
public final class HelloReader extends SslClientHelloHandler<Alpn.Offer> {
  /** The largest hello read, in bytes; browsers stay below a tenth of this. */
  private static final int LARGEST_HELLO = 16 * 1024;

  private final Choice choice;

  /**
   * @param choice what to do about the offer
   */
  public HelloReader(Choice choice) {
    super(LARGEST_HELLO);
    this.choice = choice;
  }

  /** Decides by what is offered. */
  @FunctionalInterface
  public interface Choice {
    /** The handler for the rest of the connection; null when it was refused and is being closed. */
    @Nullable SslHandler handlerFor(Alpn.Offer offer);
  }

  @Override
  protected Future<Alpn.Offer> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) {
    return ctx.executor()
        .newSucceededFuture(
            clientHello == null ? new Alpn.Offer.Foreign() : Alpn.offered(clientHello));
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, Future<Alpn.Offer> offer) {
    SslHandler handler = choice.handlerFor(offer.getNow());
    if (handler != null) {
      ctx.pipeline().replace(this, "tls", handler);
    }
  }
}
