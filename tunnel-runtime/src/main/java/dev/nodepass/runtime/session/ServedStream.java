package dev.nodepass.runtime.session;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.EarlyBytes;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.relay.tcp.FramedLeg;
import dev.nodepass.runtime.relay.tcp.Relay;
import dev.nodepass.runtime.serve.Launched;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;

/** A launched data connection of protocol 2 on the serving side. On the connection's loop. */
final class ServedStream implements Launched {
  /** How long a connection that failed stays, so that the answer arrives whatever is unread. */
  private static final Duration LINGER = Duration.ofSeconds(10);

  private final ServingSide side;
  private final Loop loop;
  private final DuplexChannel channel;
  private final boolean framed;
  private final Message.Tcp launch;
  private final EarlyBytes early;

  ServedStream(
      ServingSide side,
      Loop loop,
      DuplexChannel channel,
      boolean framed,
      Message.Tcp launch,
      Early rest) {
    this.side = side;
    this.loop = loop;
    this.channel = channel;
    this.framed = framed;
    this.launch = launch;
    this.early = new EarlyBytes(rest, () -> {});
    Channels.stage(channel, early);
    side.userStarted(channel);
  }

  @Override
  public Loop owningLoop() {
    return loop;
  }

  @Override
  public DuplexChannel channel() {
    return channel;
  }

  @Override
  public String id() {
    return launch.id();
  }

  @Override
  public Optional<InetSocketAddress> from() {
    return launch.from().flatMap(Addresses::parse);
  }

  @Override
  public Optional<InetSocketAddress> to() {
    return launch.to().flatMap(Addresses::parse);
  }

  /** It has not read since its launch came. */
  @Override
  public void hold() {}

  @Override
  public Relay.End accepted() {
    ServingSide.write(channel, new Message.Ok());
    return framed
        ? new Relay.End(FramedLeg.on(channel, this::freed), early)
        : Relay.End.raw(channel, early);
  }

  /** The user is done, both ways in order: the connection waits for the next. */
  private void freed(Early next) {
    side.userEnded(channel);
    side.awaitNext(loop, channel, framed, next);
  }

  @Override
  public void failed(Failure failure) {
    ServingSide.write(channel, new Message.Failed(failure.word()));
    side.userEnded(channel);
    early.take().release();
    Channels.stage(channel, new Discard());
    if (!framed) {
      channel.shutdownOutput();
    }
    loop.after(LINGER, channel::close);
    channel.config().setAutoRead(true);
  }

  /** Reads on to the end, so that closing does not become a reset which overtakes the answer. */
  private static final class Discard extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (Channels.isInputEnd(event)) {
        ctx.close();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      Defects.note(cause);
      ctx.close();
    }
  }
}
