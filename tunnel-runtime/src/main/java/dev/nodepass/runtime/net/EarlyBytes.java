package dev.nodepass.runtime.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;

/**
 * The stage of a connection that is not read yet because there is nobody to write to. What it sends
 * waits in the kernel; but when it ends its stream, epoll makes Netty read to the end though it is
 * off, and that is kept here. On the connection's loop.
 */
public final class EarlyBytes extends ChannelInboundHandlerAdapter implements Early.Source {
  private final Runnable gone;
  private final List<ByteBuf> bytes = new ArrayList<>();
  private boolean inputEnded;

  /**
   * @param already what was read before
   * @param gone called when the connection broke or closed
   */
  public EarlyBytes(Early already, Runnable gone) {
    this.gone = gone;
    this.bytes.addAll(already.bytes());
    this.inputEnded = already.inputEnded();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    bytes.add((ByteBuf) message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    gone.run();
  }

  @Override
  public Early take() {
    Early taken = new Early(bytes, inputEnded);
    bytes.clear();
    return taken;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    bytes.forEach(ByteBuf::release);
    bytes.clear();
  }
}
