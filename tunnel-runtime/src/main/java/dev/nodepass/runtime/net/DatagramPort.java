package dev.nodepass.runtime.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.Socket;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * A UDP socket on one loop. Methods may be called from every thread; datagrams come on the loop.
 *
 * <p>A channel of Netty's own on the loop of Vert.x, since what Vert.x offers cannot send a
 * datagram without payload: docs/adr/0009-udp-channels-of-our-own.md.
 */
public final class DatagramPort {
  /** The largest payload of UDP over IPv4 (RFC 768: 65,535 less both headers). */
  public static final int LARGEST_PAYLOAD = 65_507;

  /** One read takes a whole datagram, or the rest of it would be lost. */
  private static final int READ = 65_536;

  /** Bytes that the kernel is asked to keep for a slow receiver. */
  private static final int KERNEL_BUFFER = 256 * 1024;

  private final Channel channel;
  private final Empty empty;

  private DatagramPort(Channel channel, Empty empty) {
    this.channel = channel;
    this.empty = empty;
  }

  /** Takes what comes in. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * @param payload whole, as sent
     */
    void received(byte[] payload, InetSocketAddress from);
  }

  /** Sends a datagram without payload past Netty, which leaves those out. */
  @FunctionalInterface
  private interface Empty {
    void send(InetSocketAddress to) throws IOException;
  }

  private static Future<DatagramPort> open(
      Loops loops, Loop loop, InetSocketAddress address, Receiver receiver) {
    Promise<DatagramPort> opened = loop.context().promise();
    DatagramPort port;
    try {
      port = create(loops.transport(), address.getAddress() instanceof Inet6Address);
    } catch (IOException none) {
      return Future.failedFuture(none);
    }
    new Bootstrap()
        .group(loop.eventLoop())
        .channelFactory(() -> port.channel)
        .option(ChannelOption.SO_RCVBUF, KERNEL_BUFFER)
        .option(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ))
        .handler(
            new SimpleChannelInboundHandler<DatagramPacket>() {
              @Override
              protected void channelRead0(ChannelHandlerContext ctx, DatagramPacket packet) {
                receiver.received(ByteBufUtil.getBytes(packet.content()), packet.sender());
              }

              @Override
              public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                Defects.note(cause);
                // Of one datagram, such as an ICMP error; the socket goes on.
              }
            })
        .bind(address)
        .addListener(
            bound -> {
              if (bound.isSuccess()) {
                opened.complete(port);
              } else {
                port.channel.close();
                opened.fail(bound.cause());
              }
            });
    return opened.future();
  }

  private static DatagramPort create(String transport, boolean ipv6) throws IOException {
    InternetProtocolFamily family =
        ipv6 ? InternetProtocolFamily.IPv6 : InternetProtocolFamily.IPv4;
    if (transport.equals("epoll")) {
      EpollDatagramChannel epoll = new EpollDatagramChannel(family);
      ByteBuffer nothing = ByteBuffer.allocateDirect(0);
      return new DatagramPort(
          epoll,
          to ->
              new Socket(epoll.fd().intValue())
                  .sendTo(nothing, 0, 0, to.getAddress(), to.getPort()));
    }
    DatagramChannel nio =
        DatagramChannel.open(ipv6 ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
    return new DatagramPort(
        new NioDatagramChannel(nio), to -> nio.send(ByteBuffer.allocate(0), to));
  }

  /** A port that everybody may send to. */
  public static Future<DatagramPort> listen(
      Loops loops, Loop loop, String host, int port, Receiver receiver) {
    return Names.resolve(loops, host)
        .compose(
            addresses ->
                open(loops, loop, new InetSocketAddress(addresses.getFirst(), port), receiver));
  }

  /** A fresh port of any number from which to talk to an address of that kind. */
  public static Future<DatagramPort> talk(
      Loops loops, Loop loop, InetAddress peer, Receiver receiver) {
    String any = peer instanceof Inet6Address ? "::" : "0.0.0.0";
    return open(loops, loop, new InetSocketAddress(InetAddress.ofLiteral(any), 0), receiver);
  }

  /** Sends one datagram; releases the payload. */
  public Future<Void> send(ByteBuf payload, InetSocketAddress to) {
    Promise<Void> sent = Promise.promise();
    if (payload.isReadable()) {
      channel
          .writeAndFlush(new DatagramPacket(payload, to))
          .addListener(
              written -> {
                if (written.isSuccess()) {
                  sent.complete();
                } else {
                  sent.fail(written.cause());
                }
              });
    } else {
      payload.release();
      channel.eventLoop().execute(() -> sendEmpty(to, sent));
    }
    return sent.future();
  }

  private void sendEmpty(InetSocketAddress to, Promise<Void> sent) {
    try {
      if (channel.isOpen()) {
        empty.send(to);
      }
      sent.complete();
    } catch (IOException refused) {
      sent.fail(refused);
    }
  }

  /** The port that was bound. */
  public int port() {
    return Channels.local(channel).getPort();
  }

  /** Closes it. */
  public void close() {
    channel.close();
  }
}
