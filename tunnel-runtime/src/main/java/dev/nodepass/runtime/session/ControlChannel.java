package dev.nodepass.runtime.session;

import dev.nodepass.runtime.control.MessageCodec;
import dev.nodepass.runtime.control.Protocol2;
import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.Protocol2.State;
import dev.nodepass.runtime.control.SignalCodec;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.HandshakeFailures;
import dev.nodepass.runtime.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The shell around a {@link Protocol2}: feeds it lines and the clock, writes what it says, and
 * gives the rest of its actions to the session. Owned by the connection's loop.
 */
public final class ControlChannel extends ChannelInboundHandlerAdapter {
  private static final Duration LONGEST_TICK = Duration.ofMillis(500);

  /** How long the last lines may take to go out; a peer that does not read them stays no longer. */
  private static final Duration PARTING = Duration.ofSeconds(1);

  private final TunnelContext context;
  private final Loop loop;
  private final DuplexChannel channel;
  private final Protocol2 protocol;
  private final Session session;

  // Owned by the loop.
  private State state = new State.Ended();
  private Loop.Timer ticks = Loop.Timer.NONE;
  private boolean flushPlanned;

  // Read from every thread.
  private volatile Duration roundTrip = Duration.ZERO;

  /** What a role does about the actions that are no lines. On the loop. */
  @FunctionalInterface
  public interface Session {
    /** Any action but Send and Beat; after End nothing more comes. */
    void perform(Action action);
  }

  public ControlChannel(
      TunnelContext context,
      Loop loop,
      DuplexChannel channel,
      Protocol2 protocol,
      Session session) {
    this.context = context;
    this.loop = loop;
    this.channel = channel;
    this.protocol = protocol;
    this.session = session;
  }

  /** Begins, after the TLS handshake. On the loop. */
  public void begin() {
    Channels.stage(channel, this);
    Channels.beforeStage(channel, new LineBasedFrameDecoder(SignalCodec.LONGEST_LINE, true, true));
    Duration interval = context.settings().interval();
    Duration step = interval.compareTo(LONGEST_TICK) < 0 ? interval : LONGEST_TICK;
    ticks = loop.every(step, () -> on(new Event.Tick(context.now())));
    follow(protocol.start(context.now()));
    channel.config().setAutoRead(true);
    if (!channel.isActive()) {
      closed("the control connection was closed");
    }
  }

  /** Feeds the state machine. On the loop. */
  public void on(Event event) {
    follow(protocol.on(state, event));
  }

  /** The same from every thread. */
  public void tell(Event event) {
    loop.run(() -> on(event));
  }

  private void follow(Protocol2.Step step) {
    state = step.next();
    if (state instanceof State.Open open) {
      roundTrip = open.roundTrip();
    }
    for (Action action : step.actions()) {
      switch (action) {
        case Action.Send(var message) -> send(MessageCodec.encode(message));
        case Action.Beat beat -> context.metrics().heartbeats().increment();
        case Action.End end -> {
          ticks.cancel();
          // What was written, a refusal for instance, goes out first.
          channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
          Loop.Timer parting = loop.after(PARTING, channel::close);
          channel.closeFuture().addListener(gone -> parting.cancel());
          session.perform(end);
        }
        default -> session.perform(action);
      }
    }
  }

  private void send(String line) {
    channel.write(Unpooled.copiedBuffer(line, StandardCharsets.US_ASCII), channel.voidPromise());
    if (!flushPlanned) {
      flushPlanned = true;
      loop.later(
          () -> {
            flushPlanned = false;
            channel.flush();
          });
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf line = (ByteBuf) message;
    String text = line.toString(StandardCharsets.ISO_8859_1);
    line.release();
    on(new Event.Line(text, context.now()));
  }

  /** Each line may have an answer: who does not read those is not read from. */
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    channel.config().setAutoRead(channel.isWritable());
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Channels.isInputEnd(event)) {
      closed("the peer closed the control connection");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    if (cause instanceof TooLongFrameException) {
      on(new Event.LineTooLong());
    } else {
      closed(
          HandshakeFailures.isCertificateDemanded(cause)
              ? "the server demands a client certificate that its authorities (client-ca) vouch"
                  + " for: give the client such a one with cert= and cert-key="
              : "the control connection broke: " + cause.getMessage());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed("the peer closed the control connection");
  }

  private void closed(String why) {
    on(new Event.Closed(why));
  }

  /** Between a heartbeat and its answer, or what the kernel says before there was one. */
  public Duration roundTrip() {
    Duration measured = roundTrip;
    return measured.isPositive() ? measured : Channels.roundTrip(channel);
  }

  /** The connection itself. */
  public DuplexChannel channel() {
    return channel;
  }
}
