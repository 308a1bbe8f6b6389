package dev.nodepass.runtime.relay.tcp;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.relay.frame.FrameDecoder;
import dev.nodepass.runtime.relay.frame.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A leg on TLS, where half-close and reset are frames. Source: docs/protocol.md, "A TCP stream on
 * TLS".
 *
 * <p>When both directions have ended in order, the connection is free for another user, though the
 * relay may still be busy: its other leg may have to write on to a slow reader. From then on the
 * leg has nothing to do with the connection.
 */
public final class FramedLeg extends ChannelInboundHandlerAdapter implements Leg {
  private final DuplexChannel channel;
  private final Inbound inbound;
  private final Free free;
  private final FrameDecoder decoder = new FrameDecoder(new Sink());

  // Only on the channel's loop, but for freed.
  private boolean inputEnded;
  private boolean outputEnded;
  private boolean over;
  private volatile boolean freed;

  private FramedLeg(DuplexChannel channel, Inbound inbound, Free free) {
    this.channel = channel;
    this.inbound = inbound;
    this.free = free;
  }

  /** Takes the connection back. */
  @FunctionalInterface
  public interface Free {
    /**
     * Both directions have ended in order. On the connection's loop; reading is off.
     *
     * @param next what was read behind the end, the receiver's to release
     */
    void freed(Early next);
  }

  /** Legs on this connection. */
  public static Factory on(DuplexChannel channel, Free free) {
    return inbound -> new FramedLeg(channel, inbound, free);
  }

  @Override
  public void enter(Early.Source before, Runnable entered) {
    if (!channel.eventLoop().inEventLoop()) {
      channel.eventLoop().execute(() -> enter(before, entered));
      return;
    }
    Early early = before.take();
    Channels.stage(channel, this);
    if (!channel.isActive() || early.inputEnded()) {
      early.release();
      inbound.broken();
      return;
    }
    List<ByteBuf> rest = new ArrayList<>(early.bytes());
    while (!rest.isEmpty()) {
      read(rest.removeFirst(), rest);
    }
    inbound.batchEnd();
    entered.run();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    read((ByteBuf) message, List.of());
  }

  /**
   * @param behind what was read behind the bytes; emptied if the connection becomes free
   */
  private void read(ByteBuf bytes, List<ByteBuf> behind) {
    try {
      decoder.read(bytes);
      if (inputEnded && !over) {
        if (!outputEnded && bytes.isReadable()) {
          broken();
        } else if (outputEnded) {
          List<ByteBuf> next = new ArrayList<>();
          if (bytes.isReadable()) {
            next.add(bytes.retain());
          }
          if (!behind.isEmpty()) {
            next.addAll(behind);
            behind.clear();
          }
          free(new Early(next, false));
        }
      }
    } finally {
      bytes.release();
    }
  }

  private void free(Early next) {
    over = true;
    freed = true;
    channel.config().setAutoRead(false);
    free.freed(next);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    inbound.batchEnd();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    inbound.writabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    broken();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    broken();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    decoder.stop();
  }

  private void broken() {
    if (!over) {
      over = true;
      decoder.stop();
      inbound.broken();
      channel.close();
    }
  }

  @Override
  public void write(ByteBuf bytes) {
    if (freed) {
      bytes.release();
      return;
    }
    channel.write(Frames.dataHeader(channel.alloc(), bytes.readableBytes()), channel.voidPromise());
    channel.write(bytes, channel.voidPromise());
  }

  @Override
  public void flush() {
    if (!freed) {
      channel.flush();
    }
  }

  @Override
  public void endOutput(Runnable done) {
    channel
        .writeAndFlush(Frames.fin())
        .addListener(
            written -> {
              done.run();
              outputEnded = true;
              if (inputEnded && !over) {
                free(Early.NOTHING);
              }
            });
  }

  @Override
  public void reset() {
    if (!channel.eventLoop().inEventLoop()) {
      channel.eventLoop().execute(this::reset);
    } else if (!over) {
      over = true;
      decoder.stop();
      channel.writeAndFlush(Frames.reset()).addListener(ChannelFutureListener.CLOSE);
    }
  }

  /** Nothing: that both directions have ended has freed the connection already. */
  @Override
  public void close() {}

  @Override
  public boolean isWritable() {
    return freed || channel.isWritable();
  }

  @Override
  public void setReading(boolean on) {
    if (!over) {
      channel.config().setAutoRead(on);
    }
  }

  @Override
  public void later(Runnable task) {
    channel.eventLoop().execute(task);
  }

  @Override
  public void later(long nanos, Runnable task) {
    channel.eventLoop().schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  private final class Sink implements FrameDecoder.Sink {
    @Override
    public void data(ByteBuf piece) {
      if (over || inputEnded) {
        piece.release();
        broken();
      } else {
        inbound.data(piece);
      }
    }

    @Override
    public void fin() {
      inputEnded = true;
      // What follows is the next user's.
      decoder.stop();
      inbound.ended();
    }

    @Override
    public void reset() {
      broken();
    }

    @Override
    public void flow(int id, String user) {
      broken();
    }

    @Override
    public void datagram(int id, byte[] payload) {
      broken();
    }

    @Override
    public void flowEnd(int id) {
      broken();
    }

    @Override
    public void malformed(String what) {
      broken();
    }
  }
}
