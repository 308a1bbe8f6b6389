package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.relay.frame.FrameDecoder;
import dev.nodepass.runtime.relay.frame.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The listening side of a lane: a data connection that carries many UDP flows in frames. Flows are
 * opened and written by one loop, that of the UDP port; what comes back is read on the connection's
 * own. Source: docs/protocol.md, "UDP".
 */
public final class Lane extends ChannelInboundHandlerAdapter {
  private final DuplexChannel channel;
  private final FrameDecoder decoder = new FrameDecoder(new Sink());
  private final Map<Integer, Answers> flows = new ConcurrentHashMap<>();
  private volatile boolean over;

  // Owned by the loop of the UDP port.
  private int last;

  Lane(DuplexChannel channel) {
    this.channel = channel;
  }

  /** What comes back on a flow. On the connection's loop. */
  interface Answers {
    /** A datagram of the service. */
    void answered(byte[] payload);

    /** The serving side has ended the flow, or the lane broke. */
    void ended();
  }

  /** Becomes the stage of its connection. On the connection's loop. */
  void begin() {
    Channels.stage(channel, this);
    channel.config().setAutoRead(true);
    if (!channel.isActive()) {
      end();
    }
  }

  boolean isOpen() {
    return !over;
  }

  boolean isEmpty() {
    return flows.isEmpty();
  }

  /**
   * Opens a flow.
   *
   * @param user the user's address
   * @return its number
   */
  int open(String user, Answers answers) {
    int id = ++last;
    flows.put(id, answers);
    channel.write(Frames.flow(channel.alloc(), id, user), channel.voidPromise());
    if (over) {
      ended(id);
    }
    return id;
  }

  /** False when the connection takes no more now: the datagram is dropped. */
  boolean send(int id, byte[] payload) {
    if (!channel.isWritable()) {
      return false;
    }
    channel.writeAndFlush(Frames.datagram(channel.alloc(), id, payload), channel.voidPromise());
    return true;
  }

  /** This side ends the flow. */
  void close(int id) {
    if (flows.remove(id) != null) {
      channel.writeAndFlush(Frames.flowEnd(channel.alloc(), id), channel.voidPromise());
    }
  }

  /** Ends all flows. From every thread. */
  void close() {
    channel.close();
  }

  private void ended(int id) {
    Answers flow = flows.remove(id);
    if (flow != null) {
      flow.ended();
    }
  }

  private void end() {
    if (!over) {
      over = true;
      decoder.stop();
      channel.close();
      flows.keySet().forEach(this::ended);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    decoder.read(bytes);
    bytes.release();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Channels.isInputEnd(event)) {
      end();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    end();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
  }

  private final class Sink implements FrameDecoder.Sink {
    @Override
    public void datagram(int id, byte[] payload) {
      Answers flow = flows.get(id);
      if (flow != null) {
        flow.answered(payload);
      }
    }

    @Override
    public void flowEnd(int id) {
      ended(id);
    }

    @Override
    public void data(ByteBuf piece) {
      piece.release();
      end();
    }

    @Override
    public void fin() {
      end();
    }

    @Override
    public void reset() {
      end();
    }

    @Override
    public void flow(int id, String user) {
      end();
    }

    @Override
    public void malformed(String what) {
      end();
    }
  }
}
