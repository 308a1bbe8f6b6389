package dev.nodepass.runtime.session;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.MessageCodec;
import dev.nodepass.runtime.listen.DataConnection;
import dev.nodepass.runtime.listen.Upstream;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.relay.tcp.FramedLeg;
import dev.nodepass.runtime.relay.tcp.Relay;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/** A data connection of protocol 2 on the listening side. */
final class Protocol2Connection extends DataConnection {
  private static final Logger LOG = Logger.getLogger(Protocol2Connection.class);

  private final ListeningSide side;
  private final boolean framed;
  private final long since;
  private final AtomicBoolean inFlight = new AtomicBoolean();

  // Only on the connection's loop.
  private int uses;
  private Loop.Timer age = Loop.Timer.NONE;

  Protocol2Connection(
      Loop loop,
      DuplexChannel channel,
      boolean framed,
      long number,
      ListeningSide side,
      long since) {
    super(loop, channel, String.valueOf(number), side);
    this.framed = framed;
    this.side = side;
    this.since = since;
    channel.closeFuture().addListener(closed -> gone());
  }

  private void gone() {
    age.cancel();
    settle();
  }

  void retireAfter(Duration longest) {
    age.cancel();
    age = owningLoop().after(longest, this::retire);
  }

  /** When it came, of the monotonic clock. */
  long since() {
    return since;
  }

  /** It was claimed. */
  void inFlight() {
    inFlight.set(true);
    if (!channel().isOpen()) {
      settle();
    }
  }

  /** Its launch was answered, or it was put back or lost, whichever comes first. */
  void settle() {
    if (inFlight.compareAndSet(true, false)) {
      side.settled();
    }
  }

  @Override
  public Upstream upstream() {
    return side;
  }

  @Override
  protected Relay.End launch(InetSocketAddress from, InetSocketAddress to) {
    uses++;
    write(
        new Message.Tcp(
            id() + "-" + uses, Optional.of(Addresses.text(from)), Optional.of(Addresses.text(to))));
    return framed
        ? new Relay.End(FramedLeg.on(channel(), this::freed), this)
        : Relay.End.raw(channel(), this);
  }

  private void write(Message message) {
    age.cancel();
    channel()
        .write(
            Unpooled.copiedBuffer(MessageCodec.encode(message), StandardCharsets.US_ASCII),
            channel().voidPromise());
  }

  @Override
  protected void launched(Relay relay) {
    Answer.await(
        owningLoop(),
        channel(),
        this::settle,
        reason -> {
          LOG.debugf("%s: the user on %s-%d was not served: %s", side, id(), uses, reason);
          relay.serviceUnreachable();
        });
    channel().flush();
  }

  @Override
  protected void launchDatagram() {
    throw new IllegalStateException("protocol 2 carries datagrams on lanes");
  }

  @Override
  protected void launchLane(int number) {
    write(new Message.Udp(String.valueOf(number)));
    channel().flush();
  }

  @Override
  protected void laneBegun() {
    Answer.await(
        owningLoop(),
        channel(),
        this::settle,
        reason -> {
          LOG.debugf("%s: a lane was not served: %s", side, reason);
          channel().close();
        });
  }

  /** A user is done, both ways in order. */
  private void freed(Early next) {
    boolean garbage = !next.bytes().isEmpty();
    next.release();
    if (garbage || !channel().isActive() || !side.mayReuse(uses)) {
      channel().close();
      return;
    }
    begin();
    if (release()) {
      side.putBack(this);
    }
  }
}
