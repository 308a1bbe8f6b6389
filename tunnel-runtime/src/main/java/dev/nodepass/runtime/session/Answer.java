package dev.nodepass.runtime.session;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.MessageCodec;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Reads the answer to a launch before the stage reads the stream that follows it, and then leaves
 * the pipeline. On the connection's loop.
 */
final class Answer extends ChannelInboundHandlerAdapter {
  /** How long the serving side may take to reach its service, and the way there and back. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private static final int LONGEST = 256;

  private final DuplexChannel channel;
  private final Runnable onOk;
  private final Consumer<String> onFailed;
  private final ByteBuf line = Unpooled.buffer(32, LONGEST);
  private Loop.Timer deadline = Loop.Timer.NONE;
  private boolean over;

  private Answer(DuplexChannel channel, Runnable onOk, Consumer<String> onFailed) {
    this.channel = channel;
    this.onOk = onOk;
    this.onFailed = onFailed;
  }

  /**
   * Goes before the connection's stage.
   *
   * @param onOk told when the service was reached
   * @param onFailed told the reason when the service was not reached or there is no answer
   */
  static void await(Loop loop, DuplexChannel channel, Runnable onOk, Consumer<String> onFailed) {
    if (!channel.isActive()) {
      return;
    }
    Answer answer = new Answer(channel, onOk, onFailed);
    answer.deadline = loop.after(PATIENCE, () -> answer.fail("no answer in time"));
    Channels.beforeStage(channel, answer);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (over) {
      ctx.fireChannelRead(bytes);
      return;
    }
    int end = bytes.indexOf(bytes.readerIndex(), bytes.writerIndex(), (byte) '\n');
    int length = (end < 0 ? bytes.writerIndex() : end) - bytes.readerIndex();
    if (length > line.maxWritableBytes()) {
      bytes.release();
      fail("an answer that is too long");
      return;
    }
    line.writeBytes(bytes, length);
    if (end < 0) {
      bytes.release();
      return;
    }
    bytes.skipBytes(1);
    answered(ctx, line.toString(StandardCharsets.ISO_8859_1), bytes);
  }

  private void answered(ChannelHandlerContext ctx, String text, ByteBuf rest) {
    switch (MessageCodec.decode(text)) {
      case MessageCodec.Decoded.Known(Message.Ok ok) -> {
        over = true;
        deadline.cancel();
        onOk.run();
        ctx.fireChannelRead(rest);
        ctx.pipeline().remove(this);
      }
      case MessageCodec.Decoded.Known(Message.Failed failed) -> {
        rest.release();
        fail(failed.reason());
      }
      default -> {
        rest.release();
        fail("an answer that is none");
      }
    }
  }

  private void fail(String reason) {
    if (!over) {
      over = true;
      deadline.cancel();
      onFailed.accept(reason);
      channel.close();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Channels.isInputEnd(event)) {
      // On a plain connection this would look like the end of an empty stream.
      fail("the connection ended without an answer");
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    over = true;
    deadline.cancel();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    deadline.cancel();
  }
}
