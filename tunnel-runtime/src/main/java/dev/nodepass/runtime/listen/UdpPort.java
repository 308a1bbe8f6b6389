package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.DatagramPort;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.DatagramDrop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.pool.WaitingRoom;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Users' datagrams on the target port. A datagram goes to its user's {@link Flow}, or opens one on
 * a lane of the session with the fewest users; where that session speaks protocol 1 it goes to
 * {@link Datagrams}. Owned by the port's loop; what says so may be called from every thread.
 */
final class UdpPort {
  private static final Logger LOG = Logger.getLogger(UdpPort.class);

  /** Datagrams kept for a user whose flow is not open yet. */
  private static final int MOST_EARLY = 64;

  private final TunnelContext context;
  private final Upstreams upstreams;
  private final WaitingRoom<DataConnection> room;
  private final Gate gate;
  private final Loop loop;
  private final Runnable onWait;
  private final Runnable onLeft;
  private final Datagrams datagrams;
  private final Map<InetSocketAddress, Flow> flows = new HashMap<>();
  private final Map<InetSocketAddress, Opening> openings = new HashMap<>();
  private Loop.Timer sweeps = Loop.Timer.NONE;
  private boolean closed;

  // Read from every thread.
  private volatile @Nullable DatagramPort port;

  /**
   * @param loop the loop of the port
   * @param onWait told when a user has to wait
   * @param onLeft told after each flow and each exchange that is over
   */
  UdpPort(
      TunnelContext context,
      Upstreams upstreams,
      WaitingRoom<DataConnection> room,
      Gate gate,
      Loop loop,
      Runnable onWait,
      Runnable onLeft) {
    this.context = context;
    this.upstreams = upstreams;
    this.room = room;
    this.gate = gate;
    this.loop = loop;
    this.onWait = onWait;
    this.onLeft = onLeft;
    this.datagrams = new Datagrams(context, room, loop, this, onLeft);
  }

  /** Begins. */
  void use(DatagramPort bound) {
    port = bound;
    sweepFor(context.settings().protocol2().udpSession());
  }

  /** A datagram came. */
  void received(byte[] payload, InetSocketAddress from) {
    Flow flow = flows.get(from);
    if (flow != null) {
      flow.send(payload);
      return;
    }
    Opening opening = openings.get(from);
    if (opening != null) {
      opening.add(payload);
    } else if (closed) {
      drop(DatagramDrop.DRAINING, from);
    } else {
      start(payload, from);
    }
  }

  private void start(byte[] payload, InetSocketAddress from) {
    Upstream best = upstreams.fewestRunning();
    Lanes lanes = best == null ? null : best.lanes();
    if (best != null && lanes == null) {
      datagrams.received(payload, from);
      return;
    }
    Optional<Refusal> barred = gate.enter(from.getAddress());
    if (barred.isPresent()) {
      refuse(barred.get(), from);
      return;
    }
    Lane lane = lanes == null ? null : lanes.get(lanes.number(from));
    if (best != null && lane != null && room.enterWithout()) {
      best.userStarted();
      open(from, best, lane, List.of(payload));
      return;
    }
    Opening opening = new Opening(from);
    opening.add(payload);
    openings.put(from, opening);
    switch (room.enter(opening)) {
      case SERVED -> {}
      case WAITS -> opening.waits();
      case FULL -> opening.fail();
    }
  }

  private void refuse(Refusal reason, InetSocketAddress from) {
    drop(DatagramDrop.REFUSED, from);
    context
        .refusals()
        .add(
            reason,
            "a datagram of %s was refused: %s".formatted(Addresses.text(from), gate.why(reason)));
  }

  private void open(InetSocketAddress user, Upstream upstream, Lane lane, List<byte[]> payloads) {
    Flow flow = new Flow(user, upstream, lane);
    flows.put(user, flow);
    flow.open();
    payloads.forEach(flow::send);
  }

  /** Ends flows from now on that are silent for so long. */
  private void sweepFor(Duration silence) {
    sweeps.cancel();
    sweeps = loop.every(silence.dividedBy(4).plusMillis(1), () -> sweep(silence.toNanos()));
  }

  private void sweep(long longest) {
    long now = context.now();
    for (Flow flow : List.copyOf(flows.values())) {
      if (now - flow.used > longest) {
        flow.lane.close(flow.id);
        flow.over();
      }
    }
  }

  /** Takes no new users; flows go on as long as they speak now and then. On the loop. */
  void stop() {
    if (!closed) {
      closed = true;
      sweepFor(context.settings().udpWhileDraining());
    }
  }

  /** Ends everything; how many flows were cut. On the loop. */
  int close() {
    closed = true;
    sweeps.cancel();
    int cut = flows.size();
    for (Flow flow : List.copyOf(flows.values())) {
      flow.lane.close(flow.id);
      flow.over();
    }
    DatagramPort bound = port;
    if (bound != null) {
      bound.close();
    }
    return cut;
  }

  /** Counts a datagram that was not carried. From every thread. */
  void drop(DatagramDrop reason, InetSocketAddress user) {
    context.metrics().dropped(reason);
    LOG.debugf("datagram of %s dropped: %s", Addresses.text(user), reason.label());
  }

  /** Sends a service's datagram to a user; releases it. From every thread. */
  void answer(ByteBuf answer, InetSocketAddress user) {
    DatagramPort bound = port;
    if (bound == null) {
      answer.release();
      return;
    }
    int length = answer.readableBytes();
    bound
        .send(answer, user)
        .onSuccess(
            sent -> {
              context.metrics().datagramsDown().increment();
              context.metrics().bytesDown().add(length);
              LOG.debugf("Transfer complete: %d", length);
            })
        .onFailure(failure -> drop(DatagramDrop.UNREACHABLE, user));
  }

  /** A user's datagrams to and from the service. Owned by the loop but for {@link #used}. */
  private final class Flow implements Lane.Answers {
    private final InetSocketAddress user;
    private final Upstream upstream;
    private final Lane lane;
    private int id;

    /** When something passed last. Written by two loops; either value will do. */
    private volatile long used = context.now();

    Flow(InetSocketAddress user, Upstream upstream, Lane lane) {
      this.user = user;
      this.upstream = upstream;
      this.lane = lane;
    }

    void open() {
      id = lane.open(Addresses.text(user), this);
      LOG.debugf("flow %d of %s opened", id, Addresses.text(user));
    }

    void send(byte[] payload) {
      used = context.now();
      if (lane.send(id, payload)) {
        context.metrics().datagramsUp().increment();
        context.metrics().bytesUp().add(payload.length);
      } else {
        drop(DatagramDrop.LANE_FULL, user);
      }
    }

    @Override
    public void answered(byte[] payload) {
      used = context.now();
      answer(Unpooled.wrappedBuffer(payload), user);
    }

    @Override
    public void ended() {
      loop.run(this::over);
    }

    void over() {
      if (flows.remove(user, this)) {
        gate.left(user.getAddress());
        upstream.userEnded();
        room.left();
        onLeft.run();
      }
    }
  }

  /** A user whose flow is being opened. */
  private final class Opening extends WaitingRoom.Waiter<DataConnection> {
    private final InetSocketAddress user;
    private final Queue<byte[]> early = new ArrayDeque<>();

    Opening(InetSocketAddress user) {
      super(loop.index());
      this.user = user;
    }

    void add(byte[] payload) {
      if (early.size() < MOST_EARLY) {
        early.add(payload);
      } else {
        drop(DatagramDrop.NO_CONNECTION, user);
      }
    }

    void waits() {
      context.metrics().misses().increment();
      onWait.run();
      loop.after(
          Users.LONGEST_WAIT,
          () -> {
            if (room.giveUp(this)) {
              fail();
            }
          });
    }

    void fail() {
      end();
      early.forEach(lost -> drop(DatagramDrop.NO_CONNECTION, user));
    }

    private void end() {
      openings.remove(user, this);
      gate.left(user.getAddress());
    }

    @Override
    protected void served(DataConnection connection) {
      Upstream upstream = connection.upstream();
      Lanes lanes = upstream.lanes();
      if (lanes == null) {
        room.left();
        connection.owningLoop().run(() -> giveBack(connection));
        loop.later(this::again);
        return;
      }
      upstream.userStarted();
      context.metrics().takes().increment();
      connection
          .owningLoop()
          .run(
              () -> {
                Lane lane = lanes.open(lanes.number(user), connection);
                loop.run(() -> opened(upstream, lane));
              });
    }

    private static void giveBack(DataConnection connection) {
      if (connection.release()) {
        connection.upstream().putBack(connection);
      }
    }

    private void opened(Upstream upstream, @Nullable Lane lane) {
      if (lane == null) {
        upstream.userEnded();
        room.left();
        again();
      } else if (openings.remove(user, this)) {
        UdpPort.this.open(user, upstream, lane, List.copyOf(early));
      }
    }

    private void again() {
      end();
      early.forEach(payload -> received(payload, user));
    }
  }
}
