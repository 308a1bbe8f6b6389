package dev.nodepass.runtime.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.ReferenceCountUtil;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The header of the PROXY protocol, by which a balancer tells who its user is. Source: HAProxy's
 * proxy-protocol.txt, versions 1 and 2. On the connection's loop.
 */
public final class ProxyHeader {
  private ProxyHeader() {}

  /**
   * Writes a header; it leaves at the next flush.
   *
   * @param version 1 or 2
   * @param from the user; empty when unknown
   * @param to the address that the user reached; empty when unknown
   */
  public static void write(
      DuplexChannel channel,
      int version,
      Optional<InetSocketAddress> from,
      Optional<InetSocketAddress> to) {
    if (version == 1 && (from.isEmpty() || to.isEmpty())) {
      // Netty's encoder fails on a message without addresses.
      channel.write(
          Unpooled.copiedBuffer("PROXY UNKNOWN\r\n", StandardCharsets.US_ASCII),
          channel.voidPromise());
      return;
    }
    channel.pipeline().addFirst("proxy", HAProxyMessageEncoder.INSTANCE);
    channel.write(message(version, from, to), channel.voidPromise());
    channel.pipeline().remove("proxy");
  }

  private static HAProxyMessage message(
      int number, Optional<InetSocketAddress> from, Optional<InetSocketAddress> to) {
    HAProxyProtocolVersion version =
        number == 1 ? HAProxyProtocolVersion.V1 : HAProxyProtocolVersion.V2;
    if (from.isEmpty() || to.isEmpty()) {
      return new HAProxyMessage(
          version, HAProxyCommand.LOCAL, HAProxyProxiedProtocol.UNKNOWN, null, null, 0, 0);
    }
    boolean four =
        from.get().getAddress() instanceof Inet4Address
            && to.get().getAddress() instanceof Inet4Address;
    return new HAProxyMessage(
        version,
        HAProxyCommand.PROXY,
        four ? HAProxyProxiedProtocol.TCP4 : HAProxyProxiedProtocol.TCP6,
        text(from.get().getAddress(), four),
        text(to.get().getAddress(), four),
        from.get().getPort(),
        to.get().getPort());
  }

  /** One family for both: an IPv4 address beside an IPv6 one is written as IPv6. */
  private static String text(InetAddress address, boolean four) {
    String text = address.getHostAddress();
    int zone = text.indexOf('%');
    text = zone < 0 ? text : text.substring(0, zone);
    return four || !(address instanceof Inet4Address) ? text : "::ffff:" + text;
  }

  /** Told once. */
  public interface Reader {
    /**
     * The header came. Reading is off; another stage has to begin before the call returns.
     *
     * @param from the user; empty when the balancer speaks for itself
     * @param to the address that the user reached
     * @param rest what was read behind the header, the receiver's to release
     */
    void header(Optional<InetSocketAddress> from, Optional<InetSocketAddress> to, Early rest);

    /** It did not come; the connection is being closed. */
    void failed(String why);
  }

  /** Reads a header, which must be the first thing to come. */
  public static void read(Loop loop, DuplexChannel channel, Duration patience, Reader reader) {
    Header header = new Header(channel, reader);
    header.deadline = loop.after(patience, () -> header.fail("no header in time"));
    Channels.stage(channel, header);
    Channels.beforeStage(channel, new HAProxyMessageDecoder(true));
    channel.config().setAutoRead(true);
  }

  private static final class Header extends ChannelInboundHandlerAdapter {
    private final DuplexChannel channel;
    private final Reader reader;
    private final List<ByteBuf> rest = new ArrayList<>();
    private Loop.Timer deadline = Loop.Timer.NONE;
    private boolean over;
    private Optional<InetSocketAddress> from = Optional.empty();
    private Optional<InetSocketAddress> to = Optional.empty();

    Header(DuplexChannel channel, Reader reader) {
      this.channel = channel;
      this.reader = reader;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof HAProxyMessage header) {
        channel.config().setAutoRead(false);
        from = address(header.sourceAddress(), header.sourcePort());
        to = address(header.destinationAddress(), header.destinationPort());
        header.release();
        over = true;
        deadline.cancel();
      } else if (over) {
        rest.add((ByteBuf) message);
      } else {
        ReferenceCountUtil.release(message);
      }
    }

    /** The decoder passes on what it has read behind the header in the same read. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (over && channel.isActive()) {
        Early behind = new Early(rest, false);
        rest.clear();
        reader.header(from, to, behind);
      }
    }

    private static Optional<InetSocketAddress> address(@Nullable String text, int port) {
      try {
        // A literal: what stands for a socket of the file system must not be asked of DNS.
        return text == null
            ? Optional.empty()
            : Optional.of(new InetSocketAddress(InetAddress.ofLiteral(text), port));
      } catch (IllegalArgumentException none) {
        return Optional.empty();
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (Channels.isInputEnd(event)) {
        fail("the connection ended before its header");
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      Defects.note(cause);
      fail("what came first is no such header");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      fail("the connection ended before its header");
    }

    private void fail(String why) {
      if (!over) {
        over = true;
        deadline.cancel();
        channel.close();
        reader.failed(why);
      }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      deadline.cancel();
      rest.forEach(ByteBuf::release);
      rest.clear();
    }
  }
}
