package dev.nodepass.runtime.relay.udp;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;

/**
 * The serving side's reader of one datagram on a protocol 1 data connection. Source:
 * docs/protocol-1.md, "UDP": one write is one datagram, nothing frames it.
 *
 * <p>It is whole at a FIN, which our own server sends. A Go server sends none; its one write can
 * still arrive in pieces where it is larger than a segment, so without a FIN the datagram is taken
 * to be whole when nothing more has come for {@link #QUIET}.
 *
 * <p>Runs on the data connection's loop.
 */
public final class RequestReader extends ChannelInboundHandlerAdapter {
  /**
   * Longer than the gap between two segments of one write, shorter than anyone waits for an answer.
   */
  static final Duration QUIET = Duration.ofMillis(5);

  private final Loop loop;
  private final DuplexChannel channel;
  private final int largest;
  private final Read read;
  private final CompositeByteBuf request;
  private Loop.Timer quiet = Loop.Timer.NONE;
  private Loop.Timer deadline = Loop.Timer.NONE;
  private boolean over;

  private RequestReader(Loop loop, DuplexChannel channel, int largest, Read read) {
    this.loop = loop;
    this.channel = channel;
    this.largest = largest;
    this.read = read;
    this.request = channel.alloc().compositeBuffer(64);
  }

  /** How it went. */
  public enum Result {
    /** There is a datagram; the connection stays open for the answer. */
    WHOLE,
    /** More than the largest datagram came; the connection is closed. */
    TOO_LARGE,
    /** Nothing came, or the connection broke; it is closed. */
    NONE
  }

  /** Told once. */
  @FunctionalInterface
  public interface Read {
    /**
     * @param request empty unless WHOLE; the receiver's to release
     */
    void read(Result result, ByteBuf request);
  }

  /**
   * Starts; on the connection's loop.
   *
   * @param early what was read before, taken over
   * @param largest the largest datagram, in bytes
   * @param timeout how long to wait for it
   */
  public static void start(
      Loop loop, DuplexChannel channel, Early early, int largest, Duration timeout, Read read) {
    RequestReader reader = new RequestReader(loop, channel, largest, read);
    Channels.stage(channel, reader);
    early.bytes().forEach(reader::add);
    if (early.inputEnded()) {
      reader.inputEnded();
    } else if (!channel.isActive()) {
      reader.end(Result.NONE);
    }
    if (!reader.over) {
      reader.deadline = loop.after(timeout, () -> reader.end(Result.NONE));
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    add((ByteBuf) message);
  }

  private void add(ByteBuf bytes) {
    if (over) {
      bytes.release();
      return;
    }
    request.addComponent(true, bytes);
    if (request.readableBytes() > largest) {
      end(Result.TOO_LARGE);
      return;
    }
    quiet.cancel();
    quiet = loop.after(QUIET, () -> end(Result.WHOLE));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded();
    }
  }

  private void inputEnded() {
    end(request.isReadable() ? Result.WHOLE : Result.NONE);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    end(Result.NONE);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(Result.NONE);
  }

  private void end(Result result) {
    if (over) {
      return;
    }
    over = true;
    quiet.cancel();
    deadline.cancel();
    if (result == Result.WHOLE) {
      read.read(result, request);
    } else {
      request.release();
      read.read(result, channel.alloc().buffer(0, 0));
      channel.close();
    }
  }
}
