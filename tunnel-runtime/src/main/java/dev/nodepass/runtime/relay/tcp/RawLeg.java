package dev.nodepass.runtime.relay.tcp;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Early;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;

/**
 * A leg on plain TCP: half-close is a FIN, reset is a RST (RFC 9293, 3.6 and 3.5.2). Goes into the
 * channel's pipeline when its connection is given to a relay.
 */
public final class RawLeg extends ChannelInboundHandlerAdapter implements Leg {
  private final DuplexChannel channel;
  private final Inbound inbound;

  // Only on the channel's loop.
  private boolean inputEnded;

  private RawLeg(DuplexChannel channel, Inbound inbound) {
    this.channel = channel;
    this.inbound = inbound;
  }

  /** Legs on this connection. */
  public static Factory on(DuplexChannel channel) {
    return inbound -> new RawLeg(channel, inbound);
  }

  @Override
  public void enter(Early.Source before, Runnable entered) {
    if (!channel.eventLoop().inEventLoop()) {
      channel.eventLoop().execute(() -> enter(before, entered));
      return;
    }
    Early early = before.take();
    Channels.stage(channel, this);
    if (!channel.isActive()) {
      // It broke before the start. That is no end of its stream: nothing of it is passed on.
      early.release();
      inbound.broken();
      return;
    }
    early.bytes().forEach(inbound::data);
    inbound.batchEnd();
    if (early.inputEnded() || channel.isInputShutdown()) {
      inputEnded();
    }
    entered.run();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    inbound.data((ByteBuf) message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    inbound.batchEnd();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    // Epoll and NIO differ in which of the two comes first, and whether the second comes at all.
    if (event instanceof ChannelInputShutdownEvent
        || event instanceof ChannelInputShutdownReadComplete) {
      inputEnded();
    }
  }

  private void inputEnded() {
    if (!inputEnded) {
      inputEnded = true;
      inbound.ended();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    inbound.writabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    inbound.broken();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    inbound.broken();
  }

  @Override
  public void write(ByteBuf bytes) {
    // Without a promise each: that a write failed is heard as exceptionCaught.
    channel.write(bytes, channel.voidPromise());
  }

  @Override
  public void flush() {
    channel.flush();
  }

  @Override
  public void endOutput(Runnable done) {
    // The empty write completes after all before it: shutting down at once would drop those.
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            written -> {
              if (written.isSuccess() && channel.isActive() && !channel.isOutputShutdown()) {
                channel.shutdownOutput().addListener(shut -> done.run());
              } else {
                done.run();
              }
            });
  }

  @Override
  public void reset() {
    if (channel.eventLoop().inEventLoop()) {
      Channels.reset(channel);
    } else {
      channel.eventLoop().execute(() -> Channels.reset(channel));
    }
  }

  @Override
  public void close() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public boolean isWritable() {
    return channel.isWritable();
  }

  @Override
  public void setReading(boolean on) {
    channel.config().setAutoRead(on);
  }

  @Override
  public void later(Runnable task) {
    channel.eventLoop().execute(task);
  }

  @Override
  public void later(long nanos, Runnable task) {
    channel.eventLoop().schedule(task, nanos, TimeUnit.NANOSECONDS);
  }
}
