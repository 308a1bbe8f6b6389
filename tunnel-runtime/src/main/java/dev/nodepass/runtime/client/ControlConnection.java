package dev.nodepass.runtime.client;

import dev.nodepass.runtime.control.ClientProtocol1.Event;
import dev.nodepass.runtime.control.SignalCodec;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.TooLongFrameException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The control connection of protocol 1 as events: lines, inside TLS. On the connection's loop.
 *
 * <p>A client never writes on it.
 */
final class ControlConnection extends ChannelInboundHandlerAdapter {
  private final LongSupplier nanos;
  private final Consumer<Event> events;

  private ControlConnection(LongSupplier nanos, Consumer<Event> events) {
    this.nanos = nanos;
    this.events = events;
  }

  /** Gives what comes to {@code events}, after the handshake. */
  static void begin(DuplexChannel channel, LongSupplier nanos, Consumer<Event> events) {
    ControlConnection control = new ControlConnection(nanos, events);
    Channels.stage(channel, control);
    Channels.beforeStage(channel, new LineBasedFrameDecoder(SignalCodec.LONGEST_LINE, true, true));
    channel.config().setAutoRead(true);
    if (!channel.isActive()) {
      control.closed("the control connection was closed");
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf line = (ByteBuf) message;
    String text = line.toString(StandardCharsets.US_ASCII);
    line.release();
    events.accept(new Event.Line(text, nanos.getAsLong()));
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Channels.isInputEnd(event)) {
      closed("the server closed the control connection");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    if (cause instanceof TooLongFrameException) {
      events.accept(new Event.LineTooLong());
    } else {
      closed("the control connection broke: " + cause.getMessage());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    closed("the control connection was closed");
  }

  private void closed(String why) {
    events.accept(new Event.Closed(why));
  }
}
