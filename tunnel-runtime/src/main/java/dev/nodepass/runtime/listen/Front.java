package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.DatagramPort;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Listener;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.pool.WaitingRoom;
import dev.nodepass.runtime.relay.tcp.Relay;
import io.vertx.core.Future;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A target port of the listening side, TCP and UDP: its users, the room in which they wait, and the
 * sessions to which they can be sent. Opened and closed on one loop, which is also the loop of the
 * UDP port; the counts may be read from every thread.
 */
public final class Front {
  private final TunnelContext context;
  private final HostPort address;
  private final Loop loop;
  private final Upstreams upstreams = new Upstreams();
  private final WaitingRoom<DataConnection> room;
  private final Users users;
  private final UdpPort datagrams;
  private final LongAdder total = new LongAdder();
  private volatile @Nullable Listener listener;

  /**
   * @param address what to listen on
   * @param loop owns the life cycle and the UDP port
   */
  public Front(TunnelContext context, HostPort address, Loop loop, Relay.Traffic traffic) {
    this.context = context;
    this.address = address;
    this.loop = loop;
    int places = context.settings().semaphore();
    this.room = new WaitingRoom<>(upstreams, places, places);
    Gate gate = new Gate(context);
    this.users = new Users(context, room, gate, traffic, this::waits, total::increment);
    this.datagrams =
        new UdpPort(context, upstreams, room, gate, loop, this::waits, total::increment);
  }

  /**
   * Begins to listen.
   *
   * @return fails with a {@link Busy} when somebody else has the TCP port, with a {@link
   *     TunnelFailure} for any other reason
   */
  public Future<Front> open() {
    String host = Addresses.bindHost(address);
    return Listener.open(context.loops(), host, address.port(), KeepAlive.DATA, users::accepted)
        .recover(cause -> Future.failedFuture(failure("target address", address, cause)))
        .compose(this::openUdp);
  }

  private Future<Front> openUdp(Listener tcp) {
    HostPort udp = address.withPort(tcp.port());
    return DatagramPort.listen(
            context.loops(), loop, Addresses.bindHost(udp), udp.port(), datagrams::received)
        .onFailure(cause -> tcp.close())
        .recover(cause -> Future.failedFuture(Failures.bind("target address (UDP)", udp, cause)))
        .map(
            port -> {
              datagrams.use(port);
              listener = tcp;
              return this;
            });
  }

  private static Exception failure(String what, HostPort address, Throwable cause) {
    TunnelFailure failure = Failures.bind(what, address, cause);
    return Failures.isInUse(cause) ? new Busy(failure) : failure;
  }

  /** Somebody else has the port. */
  public static final class Busy extends Exception {
    private static final long serialVersionUID = 1L;
    private final TunnelFailure failure;

    Busy(TunnelFailure failure) {
      super(failure.getMessage(), null, false, false);
      this.failure = failure;
    }

    /** The same in words for a person. */
    public TunnelFailure failure() {
      return failure;
    }
  }

  /** Tells the sessions that users wait. */
  private void waits() {
    for (Upstream upstream : upstreams.all()) {
      upstream.usersWait(room.waiting());
    }
  }

  /** The sessions to which its users can be sent. */
  public Upstreams upstreams() {
    return upstreams;
  }

  /** A session has an idle data connection more. */
  public void arrived() {
    room.arrived();
  }

  /** The port that was bound; 0 before. */
  public int port() {
    Listener open = listener;
    return open == null ? 0 : open.port();
  }

  /** Takes no new users; who is there stays. */
  public void stopAccepting() {
    users.close();
    datagrams.stop();
    Listener open = listener;
    if (open != null) {
      open.close();
    }
  }

  /** Cuts what runs; how many that were. */
  public int cut() {
    return users.cut() + datagrams.close();
  }

  /** Closes what {@link #stopAccepting} left. */
  public void close() {
    stopAccepting();
    datagrams.close();
  }

  /** Users now. */
  public int running() {
    return room.running();
  }

  /** Users who wait. */
  public int waiting() {
    return room.waiting();
  }

  /** Users so far, those of now included. */
  public long total() {
    return total.sum() + room.running();
  }
}
