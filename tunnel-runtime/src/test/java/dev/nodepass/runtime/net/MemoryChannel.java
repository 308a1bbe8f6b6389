package dev.nodepass.runtime.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;

/** A connection without a network: what comes in is told by the test, on the test's thread. */
final class MemoryChannel extends EmbeddedChannel implements DuplexChannel {
  private boolean inputShutdown;

  MemoryChannel() {
    config().setAutoRead(false);
  }

  /** The peer says something, in one read. */
  void says(byte[] bytes) {
    writeInbound(Unpooled.copiedBuffer(bytes));
  }

  /** The same in Latin-1. */
  void says(String text) {
    says(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The peer ends its stream. */
  void ends() {
    inputShutdown = true;
    pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
  }

  /** All that was written. */
  byte[] written() {
    flushOutbound();
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf piece = readOutbound(); piece != null; piece = readOutbound()) {
      all.writeBytes(piece);
      piece.release();
    }
    return ByteBufUtil.getBytes(all);
  }

  @Override
  public boolean isInputShutdown() {
    return inputShutdown;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    inputShutdown = true;
    return promise.setSuccess();
  }

  @Override
  public boolean isOutputShutdown() {
    return false;
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    throw new UnsupportedOperationException();
  }
}
