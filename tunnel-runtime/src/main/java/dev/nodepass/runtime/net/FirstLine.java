package dev.nodepass.runtime.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The stage of a connection of which one line is wanted next; what comes behind it is for the stage
 * after. On the connection's loop.
 */
public final class FirstLine extends ChannelInboundHandlerAdapter {
  private final DuplexChannel channel;
  private final int longest;
  private final Reader reader;
  private final ByteBuf line = Unpooled.buffer(128);
  private final List<ByteBuf> rest = new ArrayList<>();
  private Loop.Timer deadline = Loop.Timer.NONE;
  private boolean whole;
  private boolean over;

  private FirstLine(DuplexChannel channel, int longest, Reader reader) {
    this.channel = channel;
    this.longest = longest;
    this.reader = reader;
  }

  /** Told once. */
  public interface Reader {
    /**
     * The line came. Reading is off; another stage has to begin before the call returns.
     *
     * @param line without its line feed
     * @param rest the receiver's to release
     */
    void line(String line, Early rest);

    /** It did not come; the connection is being closed. */
    void failed(Failure failure);
  }

  /** Why there is no line. */
  public enum Failure {
    /** The connection ended. */
    CLOSED,
    /** It is longer than allowed. */
    TOO_LONG,
    /** It did not come in time. */
    TOO_SLOW
  }

  /**
   * Begins to read.
   *
   * @param before what was read already, taken over
   * @param longest bytes without the line feed
   * @param patience zero to wait for ever
   */
  public static void read(
      Loop loop,
      DuplexChannel channel,
      Early before,
      int longest,
      Duration patience,
      Reader reader) {
    FirstLine first = new FirstLine(channel, longest, reader);
    Channels.stage(channel, first);
    if (patience.isPositive()) {
      first.deadline = loop.after(patience, () -> first.fail(Failure.TOO_SLOW));
    }
    before.bytes().forEach(first::add);
    if (first.whole) {
      first.finish(before.inputEnded());
    } else if (before.inputEnded() || !channel.isActive()) {
      first.fail(Failure.CLOSED);
    } else {
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    add((ByteBuf) message);
    if (whole) {
      finish(false);
    }
  }

  private void add(ByteBuf bytes) {
    if (whole) {
      rest.add(bytes);
      return;
    }
    if (over) {
      bytes.release();
      return;
    }
    int end = bytes.indexOf(bytes.readerIndex(), bytes.writerIndex(), (byte) '\n');
    int length = (end < 0 ? bytes.writerIndex() : end) - bytes.readerIndex();
    if (line.readableBytes() + length > longest) {
      bytes.release();
      fail(Failure.TOO_LONG);
      return;
    }
    line.writeBytes(bytes, length);
    if (end < 0) {
      bytes.release();
      return;
    }
    bytes.skipBytes(1);
    if (bytes.isReadable()) {
      rest.add(bytes);
    } else {
      bytes.release();
    }
    whole = true;
  }

  private void finish(boolean inputEnded) {
    if (over) {
      return;
    }
    over = true;
    deadline.cancel();
    channel.config().setAutoRead(false);
    Early behind = new Early(rest, inputEnded);
    rest.clear();
    reader.line(line.toString(StandardCharsets.ISO_8859_1), behind);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      fail(Failure.CLOSED);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    fail(Failure.CLOSED);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(Failure.CLOSED);
  }

  private void fail(Failure failure) {
    if (!over) {
      over = true;
      deadline.cancel();
      // Told first: whoever hears of the closed channel before takes it for a peer that left.
      reader.failed(failure);
      channel.close();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    deadline.cancel();
    rest.forEach(ByteBuf::release);
    rest.clear();
  }
}
