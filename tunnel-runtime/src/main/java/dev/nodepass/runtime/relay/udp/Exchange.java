package dev.nodepass.runtime.relay.udp;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;

/**
 * The listening side of one datagram on a protocol 1 data connection: writes the request, reads at
 * most one answer, closes. Source: docs/protocol-1.md, "UDP".
 *
 * <p>The protocol frames nothing. The request is followed by a FIN, which tells our own client that
 * it is whole and which the Go client does not look at. The answer is whole when the client closes,
 * as it does at once after writing.
 *
 * <p>Runs on the data connection's loop.
 */
public final class Exchange extends ChannelInboundHandlerAdapter {
  private final DuplexChannel channel;
  private final int largest;
  private final Answered answered;
  private final CompositeByteBuf answer;
  private Loop.Timer deadline = Loop.Timer.NONE;
  private boolean over;

  private Exchange(DuplexChannel channel, int largest, Answered answered) {
    this.channel = channel;
    this.largest = largest;
    this.answered = answered;
    this.answer = channel.alloc().compositeBuffer(64);
  }

  /** How it went. */
  public enum Result {
    /** There is an answer. */
    ANSWERED,
    /** None came in time, or the client closed without one. */
    NONE,
    /** The answer is larger than allowed. */
    TOO_LARGE,
    /** The connection broke. */
    BROKEN
  }

  /** Told once. */
  @FunctionalInterface
  public interface Answered {
    /**
     * @param answer empty unless ANSWERED; the receiver's to release
     */
    void answered(Result result, ByteBuf answer);
  }

  /**
   * Starts; on the connection's loop, which has nothing to read yet.
   *
   * @param request taken over
   * @param largest the largest answer, in bytes
   * @param timeout how long to wait for the answer
   */
  public static void start(
      Loop loop,
      DuplexChannel channel,
      ByteBuf request,
      int largest,
      Duration timeout,
      Answered answered) {
    Exchange exchange = new Exchange(channel, largest, answered);
    Channels.stage(channel, exchange);
    exchange.deadline = loop.after(timeout, () -> exchange.end(Result.NONE));
    channel
        .writeAndFlush(request)
        .addListener(
            written -> {
              if (written.isSuccess()) {
                channel.shutdownOutput();
              } else {
                exchange.end(Result.BROKEN);
              }
            });
    channel.config().setAutoRead(true);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    answer.addComponent(true, (ByteBuf) message);
    if (answer.readableBytes() > largest) {
      end(Result.TOO_LARGE);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      end(answer.isReadable() ? Result.ANSWERED : Result.NONE);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    end(Result.BROKEN);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(Result.BROKEN);
  }

  private void end(Result result) {
    if (over) {
      return;
    }
    over = true;
    deadline.cancel();
    if (result == Result.ANSWERED) {
      answered.answered(result, answer);
    } else {
      answer.release();
      answered.answered(result, channel.alloc().buffer(0, 0));
    }
    channel.close();
  }
}
