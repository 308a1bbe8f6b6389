package dev.nodepass.runtime.net;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.impl.NetSocketInternal;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Takes a socket over from Vert.x, and what is the same for every TCP channel of the tunnel. */
public final class Channels {
  /**
   * What may wait in memory for a slow reader, per direction: reading of the source stops above the
   * high mark and goes on below the low one. One read ({@link #LARGEST_READ}) may come on top.
   */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 128 * 1024);

  /** The largest single read, in bytes; the size adapts between a page and this. */
  static final int LARGEST_READ = 64 * 1024;

  private static final String STAGE = "stage";

  private Channels() {}

  /**
   * Takes the channel over: Vert.x's own handler leaves the pipeline, half-close is allowed, and
   * reading is off until the caller puts it on. Must be called in the connect handler, on the
   * channel's loop: at that time nothing has been read yet.
   */
  static DuplexChannel takeOver(NetSocket socket, KeepAlive keepAlive) {
    Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    channel.config().setAutoRead(false);
    channel.config().setWriteBufferWaterMark(WATER_MARK);
    channel
        .config()
        .setRecvByteBufAllocator(
            new AdaptiveRecvByteBufAllocator(1024, 4096, LARGEST_READ).maxMessagesPerRead(4));
    keepAlive.applyTo(channel);
    channel.pipeline().remove("handler");
    return (DuplexChannel) channel;
  }

  /**
   * Puts the channel into its next stage: a channel has one handler of ours at a time (idle,
   * waiting, relaying …), and this one takes the place of the last. On the channel's loop only.
   */
  public static void stage(Channel channel, ChannelHandler handler) {
    ChannelPipeline pipeline = channel.pipeline();
    if (pipeline.get(STAGE) == null) {
      pipeline.addLast(STAGE, handler);
    } else {
      pipeline.replace(STAGE, STAGE, handler);
    }
  }

  /** Puts a codec before the channel's stage. On the channel's loop only. */
  public static void beforeStage(Channel channel, ChannelHandler codec) {
    channel.pipeline().addBefore(STAGE, null, codec);
  }

  /** True for the events that say that the peer has ended its stream, in either transport. */
  public static boolean isInputEnd(Object event) {
    return event instanceof ChannelInputShutdownEvent
        || event instanceof ChannelInputShutdownReadComplete;
  }

  /** Where the other end is; 0.0.0.0:0 when it was gone before anybody asked (NIO asks late). */
  public static InetSocketAddress remote(Channel channel) {
    return orNobody(channel.remoteAddress());
  }

  /** Where this end is. */
  public static InetSocketAddress local(Channel channel) {
    return orNobody(channel.localAddress());
  }

  private static InetSocketAddress orNobody(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress known ? known : new InetSocketAddress(0);
  }

  /** Closes so that the other end sees a reset, what is still unsent is dropped. */
  public static void reset(Channel channel) {
    if (channel.isOpen()) {
      try {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
      } catch (RuntimeException alreadyClosed) {
        // The descriptor went between the check and the call: then there is nothing to reset.
      }
      channel.close();
    }
  }

  /**
   * The smoothed round trip as the kernel has it (tcp(7): TCP_INFO); zero where it does not tell.
   */
  public static Duration roundTrip(Channel channel) {
    if (channel instanceof EpollSocketChannel epoll && epoll.isActive()) {
      EpollTcpInfo info = new EpollTcpInfo();
      try {
        epoll.tcpInfo(info);
        return Duration.ofNanos(1_000L * info.rtt());
      } catch (RuntimeException justClosed) {
        return Duration.ZERO;
      }
    }
    return Duration.ZERO;
  }
}
