package dev.nodepass.runtime.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;

/**
 * When the kernel gives up on a silent peer (tcp(7): TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT,
 * TCP_USER_TIMEOUT).
 *
 * @param idle seconds of silence before the first probe
 * @param interval seconds between probes
 * @param count probes without an answer until the connection is dead
 * @param unacknowledged how long sent data may stay unacknowledged; zero leaves it to the kernel.
 *     Only with epoll: the JDK has no such option
 */
public record KeepAlive(int idle, int interval, int count, Duration unacknowledged) {
  /**
   * For users' and data connections: a peer that went without a word is gone after two minutes. No
   * limit on unacknowledged data, since that would end a connection whose reader is merely slow.
   */
  public static final KeepAlive DATA = new KeepAlive(60, 20, 3, Duration.ZERO);

  /**
   * For a control connection: dead after three silent intervals. With NIO only where nothing unsent
   * waits for the peer; a server's heartbeats do, so there TCP's own retransmission has to end.
   */
  public static KeepAlive control(Duration heartbeat) {
    int seconds = Math.clamp(heartbeat.plusMillis(999).toSeconds(), 1, 3600);
    return new KeepAlive(seconds, seconds, 2, heartbeat.multipliedBy(3));
  }

  void applyTo(Channel channel) {
    if (channel instanceof EpollSocketChannel) {
      set(channel, EpollChannelOption.TCP_KEEPIDLE, idle);
      set(channel, EpollChannelOption.TCP_KEEPINTVL, interval);
      set(channel, EpollChannelOption.TCP_KEEPCNT, count);
      if (unacknowledged.isPositive()) {
        int millis = Math.toIntExact(unacknowledged.toMillis());
        set(channel, EpollChannelOption.TCP_USER_TIMEOUT, millis);
      }
    } else if (channel instanceof NioSocketChannel) {
      set(channel, NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), idle);
      set(channel, NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), interval);
      set(channel, NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), count);
    }
  }

  private static <T> void set(Channel channel, ChannelOption<T> option, T value) {
    try {
      channel.config().setOption(option, value);
    } catch (RuntimeException gone) {
      // The peer has reset the connection already: its loop hears of that next.
    }
  }
}
