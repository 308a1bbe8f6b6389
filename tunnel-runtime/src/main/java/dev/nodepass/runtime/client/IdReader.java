package dev.nodepass.runtime.client;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Reads the id that the server writes on a new data connection: 8 bytes, in however many pieces. On
 * the connection's loop.
 */
final class IdReader extends ChannelInboundHandlerAdapter {
  /** Source: docs/protocol-1.md, "Data connections". */
  static final int ID_LENGTH = 8;

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final DuplexChannel channel;
  private final ByteBuf read;
  private final Promise<Named> named = Promise.promise();
  private final Loop.Timer deadline;

  private IdReader(Loop loop, DuplexChannel channel) {
    this.channel = channel;
    this.read = channel.alloc().buffer(ID_LENGTH);
    this.deadline = loop.after(DEADLINE, () -> fail("the server gave it no id in time"));
  }

  /**
   * @param rest what came behind the id; the receiver's to release
   */
  record Named(String id, ByteBuf rest) {}

  /** Starts to read; fails, with the connection closed, when no id comes. */
  static Future<Named> read(Loop loop, DuplexChannel channel) {
    IdReader reader = new IdReader(loop, channel);
    Channels.stage(channel, reader);
    channel.config().setAutoRead(true);
    return reader.named.future();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    read.writeBytes(bytes);
    bytes.release();
    if (read.readableBytes() < ID_LENGTH || named.future().isComplete()) {
      return;
    }
    deadline.cancel();
    channel.config().setAutoRead(false);
    String id = read.readCharSequence(ID_LENGTH, StandardCharsets.US_ASCII).toString();
    if (id.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      named.complete(new Named(id, read.readRetainedSlice(read.readableBytes())));
    } else {
      fail("the server gave it an id that is not text");
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      fail("the server closed it before giving it an id");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    fail(String.valueOf(cause.getMessage()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail("the server closed it before giving it an id");
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    read.release();
  }

  private void fail(String why) {
    deadline.cancel();
    if (named.tryFail(why)) {
      channel.close();
    }
  }
}
