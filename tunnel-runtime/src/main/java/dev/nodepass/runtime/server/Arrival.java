package dev.nodepass.runtime.server;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.MessageCodec;
import dev.nodepass.runtime.control.Protocol2;
import dev.nodepass.runtime.control.SignalCodec;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.FirstLine;
import dev.nodepass.runtime.net.HandshakeFailures;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.tls.Alpn;
import dev.nodepass.runtime.tls.HelloReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A connection on the tunnel port until it is known what it is: first byte → ClientHello → TLS
 * handshake → one of the {@link Doors}. On the connection's loop. Source: docs/protocol.md, "The
 * tunnel port".
 */
final class Arrival extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = Logger.getLogger(Arrival.class);

  /** The first byte of a TLS handshake record (RFC 8446, 5.1). */
  private static final int TLS_HANDSHAKE = 0x16;

  private final TunnelContext context;
  private final Doors doors;
  private final Loop loop;
  private final DuplexChannel channel;
  private final InetSocketAddress from;
  private final Consumer<Arrival> onKnown;
  private Loop.Timer deadline = Loop.Timer.NONE;
  private Alpn.Offer offer = new Alpn.Offer.Foreign();
  private String fingerprint = "";
  private boolean looked;
  private boolean over;

  /**
   * @param onKnown told once: it has shown who it is, or is gone
   */
  Arrival(
      TunnelContext context,
      Doors doors,
      Loop loop,
      DuplexChannel channel,
      InetSocketAddress from,
      Consumer<Arrival> onKnown) {
    this.context = context;
    this.doors = doors;
    this.loop = loop;
    this.channel = channel;
    this.from = from;
    this.onKnown = onKnown;
  }

  /** Where an arrival goes. Called on its loop. */
  interface Doors {
    /** True when a client is connected from there. */
    boolean isKnown(InetAddress source);

    /**
     * The TLS handler for an offer; null when such peers are not served, which {@code why} hears.
     */
    Credentials.@Nullable Handler handler(
        DuplexChannel channel, Alpn.Offer offer, Consumer<Rejection> why);

    /** A client of protocol 1 has done its handshake. */
    void protocol1(Loop loop, DuplexChannel channel, InetSocketAddress from);

    /**
     * A client of protocol 2 has done its handshake; it is a stranger until {@code proven} runs.
     *
     * @param fingerprint of the certificate that it was shown
     */
    void control(
        Loop loop,
        DuplexChannel channel,
        InetSocketAddress from,
        String fingerprint,
        Runnable proven);

    /** True when data connections may come without TLS. */
    boolean plainAllowed();

    /** What the server says first on a data connection. */
    Message.Server name();

    /** A data connection has named its session. */
    void data(
        Loop loop,
        DuplexChannel channel,
        InetSocketAddress from,
        boolean framed,
        Message.Data data,
        Early rest);
  }

  /** Why a peer is not served. */
  record Rejection(Refusal reason, String text) {}

  InetAddress source() {
    return from.getAddress();
  }

  void begin(Early early) {
    Channels.stage(channel, this);
    deadline = loop.after(Protocol2.OPENING_DEADLINE, this::tooSlow);
    channel.closeFuture().addListener(gone -> known());
    List<ByteBuf> bytes = early.bytes();
    channel.config().setAutoRead(true);
    bytes.forEach(b -> channel.pipeline().fireChannelRead(b));
  }

  /** Turns it away. From every thread. */
  void close() {
    loop.run(
        () -> {
          if (!over) {
            channel.close();
          }
        });
  }

  private void tooSlow() {
    String seconds = Protocol2.OPENING_DEADLINE.toSeconds() + " s";
    refuse(
        Refusal.HANDSHAKE_TIMEOUT,
        "it did not show who it is (no TLS handshake, or nothing after it) within " + seconds);
  }

  private void known() {
    over = true;
    deadline.cancel();
    onKnown.accept(this);
  }

  private void refuse(Refusal reason, String why) {
    if (!over) {
      over = true;
      deadline.cancel();
      context
          .refusals()
          .add(
              reason,
              "a connection from %s to the tunnel port was refused: %s"
                  .formatted(Addresses.text(from), why));
      channel.close();
    }
  }

  // ---- the first byte

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (over || looked || !bytes.isReadable()) {
      bytes.release();
      return;
    }
    looked = true;
    int first = bytes.getUnsignedByte(bytes.readerIndex());
    if (first == TLS_HANDSHAKE) {
      channel.pipeline().addFirst(new HelloReader(this::handlerFor));
      channel.pipeline().fireChannelRead(bytes);
    } else if (first == 'd' && doors.plainAllowed()) {
      readOpening(bytes);
    } else {
      bytes.release();
      refuse(Refusal.HANDSHAKE_FAILED, "it does not speak TLS");
    }
  }

  // ---- TLS

  private @Nullable SslHandler handlerFor(Alpn.Offer offered) {
    offer = offered;
    Credentials.Handler handler =
        doors.handler(channel, offered, rejection -> refuse(rejection.reason(), rejection.text()));
    if (handler == null) {
      return null;
    }
    fingerprint = handler.fingerprint();
    return handler.tls();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done) {
      if (done.isSuccess()) {
        shaken();
      } else {
        handshakeFailed(done.cause());
      }
    } else if (Channels.isInputEnd(event)) {
      channel.close();
    }
  }

  private void shaken() {
    switch (offer) {
      case Alpn.Offer.Ours(Alpn protocol) when protocol == Alpn.CONTROL -> {
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        doors.control(loop, channel, from, fingerprint, () -> loop.run(this::known));
      }
      case Alpn.Offer.Ours data -> {
        // The end of a TLS connection has no halves.
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, false);
        readData(true, Early.NOTHING);
      }
      default -> {
        known();
        doors.protocol1(loop, channel, from);
      }
    }
  }

  private void handshakeFailed(Throwable cause) {
    if (cause instanceof ClosedChannelException) {
      LOG.debugf(
          "%s closed the tunnel connection before its TLS handshake was done",
          Addresses.text(from));
      channel.close();
      return;
    }
    refuse(
        Refusal.HANDSHAKE_FAILED,
        cause instanceof NotSslRecordException
            ? "it does not speak TLS"
            : HandshakeFailures.isWithoutCertificate(cause) || HandshakeFailures.isUntrusted(cause)
                ? "it has no client certificate that the authorities of client-ca vouch for"
                : "the TLS handshake failed: " + cause.getMessage());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    if (cause instanceof DecoderException undecodable) {
      handshakeFailed(undecodable.getCause() == null ? undecodable : undecodable.getCause());
    } else {
      channel.close();
    }
  }

  // ---- data connections

  private void readOpening(ByteBuf first) {
    FirstLine.read(
        loop,
        channel,
        new Early(List.of(first), false),
        SignalCodec.LONGEST_LINE,
        Duration.ZERO,
        new Lines() {
          @Override
          public void line(String line, Early rest) {
            if (MessageCodec.decode(line)
                instanceof MessageCodec.Decoded.Known(Message.DataOpen open)) {
              readData(false, rest);
            } else {
              rest.release();
              refuse(Refusal.DATA_GARBAGE, "what it says is no beginning of a data connection");
            }
          }
        });
  }

  private void readData(boolean framed, Early before) {
    channel.writeAndFlush(
        Unpooled.copiedBuffer(MessageCodec.encode(doors.name()), StandardCharsets.US_ASCII),
        channel.voidPromise());
    FirstLine.read(
        loop,
        channel,
        before,
        SignalCodec.LONGEST_LINE,
        Duration.ZERO,
        new Lines() {
          @Override
          public void line(String line, Early rest) {
            if (MessageCodec.decode(line)
                instanceof MessageCodec.Decoded.Known(Message.Data data)) {
              known();
              doors.data(loop, channel, from, framed, data, rest);
            } else {
              rest.release();
              refuse(Refusal.DATA_GARBAGE, "what it says is no data connection of a session");
            }
          }
        });
  }

  /** A client that closes instead, having met another instance than it looks for, does no wrong. */
  private abstract class Lines implements FirstLine.Reader {
    @Override
    public void failed(FirstLine.Failure failure) {
      if (failure == FirstLine.Failure.TOO_LONG) {
        refuse(Refusal.DATA_GARBAGE, "its first line is too long");
      }
    }
  }
}
