package dev.nodepass.runtime.server;

import dev.nodepass.runtime.control.ServerProtocol1;
import dev.nodepass.runtime.control.ServerProtocol1.Action;
import dev.nodepass.runtime.control.ServerProtocol1.Event;
import dev.nodepass.runtime.control.ServerProtocol1.State;
import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.control.Signal.Traffic;
import dev.nodepass.runtime.control.SignalCodec;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.listen.DataConnection;
import dev.nodepass.runtime.listen.Lanes;
import dev.nodepass.runtime.listen.Upstream;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Listener;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.pool.IdleConnection;
import dev.nodepass.runtime.pool.IdlePool;
import dev.nodepass.runtime.pool.Supply;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The shell around one client's {@link ServerProtocol1}: feeds it what the control connection and
 * the clock say, does what it answers, and owns the session's data connections.
 *
 * <p>Owned by the control connection's loop; what says so below may be used from every thread.
 */
final class Protocol1Session extends ChannelInboundHandlerAdapter
    implements Upstream, IdleConnection.Owner {
  private static final Logger LOG = Logger.getLogger(Protocol1Session.class);

  /**
   * How long a new data connection rests before it is given to a user. The launch travels on
   * another connection than the id, and a Go client that is told of an id which it has not read yet
   * drops the user.
   */
  private static final Duration RIPENING = Duration.ofMillis(5);

  private final TunnelContext context;
  private final Events events;
  private final RemotePorts remotePorts;
  private final ServerProtocol1 protocol;
  private final Loop loop;
  private final DuplexChannel control;
  private final InetSocketAddress peerAddress;
  private final String peer;
  private final String name;
  private final Instant since;

  // Used from every thread.
  private final IdlePool<Protocol1Connection> pool;
  private final Supply supply;
  private final AtomicInteger running = new AtomicInteger();
  private final LongAdder total = new LongAdder();
  private volatile boolean serving;
  private volatile int dataPort;

  // Owned by the control connection's loop.
  private State state;
  private Loop.Timer ticks = Loop.Timer.NONE;
  private boolean flushPlanned;
  private @Nullable Listener dataListener;
  private int portTaken;

  Protocol1Session(
      TunnelContext context,
      Events events,
      RemotePorts remotePorts,
      Loop loop,
      DuplexChannel control,
      InetSocketAddress from,
      String name) {
    this.context = context;
    this.events = events;
    this.remotePorts = remotePorts;
    this.protocol = new ServerProtocol1(context.settings().interval());
    this.loop = loop;
    this.control = control;
    this.peerAddress = from;
    this.peer = Addresses.text(peerAddress);
    this.name = name;
    this.since = context.clock().instant();
    this.pool = new IdlePool<>(context.loops().size());
    this.supply = new Supply(context.nanos(), context.settings().interval());
    this.state = protocol.start(context.now());
  }

  /** What the server wants to know of its sessions. Called on various loops. */
  interface Events {
    /** Users may be sent to it. */
    void serving(Protocol1Session session);

    /** It has an idle data connection more. */
    void arrived(Protocol1Session session);

    /** It is over. */
    void ended(Protocol1Session session);
  }

  /** Begins, after the TLS handshake. On the control connection's loop. */
  void begin() {
    Channels.stage(control, this);
    Duration tick = context.settings().interval();
    Duration step = tick.compareTo(Duration.ofSeconds(1)) < 0 ? tick : Duration.ofSeconds(1);
    ticks = loop.every(step, () -> on(new Event.Tick(context.now())));
    control.config().setAutoRead(true);
    on(new Event.HandshakeDone());
    if (!control.isActive()) {
      on(new Event.Closed("the control connection was closed"));
    }
  }

  // ---- what the control connection says

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
    on(new Event.PeerSpoke());
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Channels.isInputEnd(event)) {
      on(new Event.Closed("the client closed the control connection"));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    on(new Event.Closed("the control connection broke: " + cause.getMessage()));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    on(new Event.Closed("the control connection was closed"));
  }

  // ---- the state machine's shell

  private void on(Event event) {
    ServerProtocol1.Step step = protocol.on(state, event);
    state = step.next();
    for (Action action : step.actions()) {
      perform(action);
    }
  }

  private void perform(Action action) {
    switch (action) {
      case Action.OpenPort open -> openPort(0);
      case Action.Send(var signal) -> send(SignalCodec.encode(signal));
      case Action.Beat beat -> context.metrics().heartbeats().increment();
      case Action.Serve serve -> {
        serving = true;
        context.metrics().sessions().increment();
        events.serving(this);
      }
      case Action.End end -> end(end);
    }
  }

  private void send(String line) {
    control.write(Unpooled.copiedBuffer(line, StandardCharsets.US_ASCII), control.voidPromise());
    if (!flushPlanned) {
      // Launches that come together leave as one record.
      flushPlanned = true;
      loop.later(
          () -> {
            flushPlanned = false;
            control.flush();
          });
    }
  }

  private void openPort(int after) {
    OptionalInt port = remotePorts.take(after);
    if (port.isEmpty()) {
      context
          .refusals()
          .add(
              Refusal.NO_REMOTE_PORT,
              "%s was refused: no port of remote=%s is free, and each protocol 1 client needs one"
                  .formatted(this, remotePorts));
      on(new Event.Closed("no port for data connections is free"));
      return;
    }
    portTaken = port.getAsInt();
    String host = Addresses.bindHost(context.settings().tunnel());
    Listener.open(context.loops(), host, portTaken, KeepAlive.DATA, this::acceptData)
        .onComplete(
            opened ->
                loop.run(
                    () -> {
                      if (opened.succeeded()) {
                        portOpen(opened.result());
                      } else {
                        LOG.debugf("data port %d: %s", portTaken, opened.cause().getMessage());
                        remotePorts.giveBack(portTaken);
                        openPort(portTaken);
                      }
                    }));
  }

  private void portOpen(Listener listener) {
    if (state instanceof State.Ended) {
      listener.close();
      remotePorts.giveBack(portTaken);
      return;
    }
    dataListener = listener;
    dataPort = listener.port();
    LOG.infof("client connected: %s, data port %d", this, dataPort);
    on(new Event.PortOpen(dataPort, context.now()));
  }

  private void end(Action.End end) {
    boolean known = serving;
    serving = false;
    ticks.cancel();
    if (end.garbage()) {
      context
          .refusals()
          .add(Refusal.CONTROL_GARBAGE, "%s was closed: %s".formatted(this, end.why()));
    } else if (known) {
      LOG.infof("client disconnected: %s: %s", this, end.why());
    }
    control.close();
    closeData();
    events.ended(this);
  }

  private void closeData() {
    Listener listener = dataListener;
    dataListener = null;
    if (listener != null) {
      listener.close();
      remotePorts.giveBack(portTaken);
    }
    for (Protocol1Connection connection : pool.drain()) {
      connection.channel().close();
    }
  }

  // ---- data connections; each on its own loop

  private void acceptData(Loop on, DuplexChannel channel) {
    InetSocketAddress from = Channels.remote(channel);
    if (!peerAddress.getAddress().equals(from.getAddress())) {
      refuse(
          channel,
          Refusal.DATA_FOREIGN_SOURCE,
          "a data connection from %s was refused: the client of this port is %s"
              .formatted(Addresses.text(from), this));
    } else if (pool.idle() >= mostIdle()) {
      refuse(
          channel,
          Refusal.DATA_LIMIT,
          "a data connection of %s was refused: it has %d idle ones".formatted(this, pool.idle()));
    } else if (!serving) {
      channel.close();
    } else {
      welcome(on, channel);
    }
  }

  /** A Go client may keep up to its own MAX_POOL_CAPACITY, which need not be ours. */
  private int mostIdle() {
    return Math.max(4096, 2 * context.settings().maxPool());
  }

  private void refuse(DuplexChannel channel, Refusal reason, String text) {
    // First, so that whoever sees the close finds the reason.
    context.refusals().add(reason, text);
    channel.close();
  }

  private void welcome(Loop on, DuplexChannel channel) {
    byte[] random = new byte[4];
    context.random().nextBytes(random);
    String id = ByteBufUtil.hexDump(random);
    Protocol1Connection connection = new Protocol1Connection(on, channel, id, this);
    connection.begin();
    channel
        .writeAndFlush(Unpooled.copiedBuffer(id, StandardCharsets.US_ASCII))
        .addListener(
            written -> {
              if (written.isSuccess()) {
                on.after(RIPENING, () -> ripe(connection));
              }
            });
  }

  private void ripe(Protocol1Connection connection) {
    if (!serving) {
      connection.channel().close();
    } else if (connection.channel().isActive()) {
      context.metrics().dataConnections().increment();
      putBack(connection);
    }
  }

  @Override
  public void putBack(DataConnection connection) {
    pool.add((Protocol1Connection) connection);
    if (!serving) {
      // The session ended between the check and the add, and its sweep may have missed this one.
      pool.drain().forEach(missed -> missed.channel().close());
    }
    events.arrived(this);
  }

  @Override
  public boolean maySpeakFirst() {
    return false;
  }

  @Override
  public void spokeEarly(IdleConnection connection) {}

  @Override
  public void died(IdleConnection connection, boolean garbage) {
    pool.remove((Protocol1Connection) connection);
    if (garbage) {
      context
          .refusals()
          .add(
              Refusal.DATA_GARBAGE,
              "a data connection of %s was closed: it spoke before it was taken".formatted(this));
    }
  }

  // ---- for users; from every thread

  @Override
  public boolean hasIdle() {
    return serving && pool.idle() > 0;
  }

  @Override
  public boolean isEligible() {
    return serving && supply.isThere(pool.idle());
  }

  @Override
  public @Nullable DataConnection take(int fromLoop) {
    DataConnection taken = pool.take(fromLoop);
    if (taken != null) {
      supply.taken();
    }
    return taken;
  }

  /** Tells the client which connection was taken. */
  void launch(Traffic traffic, String id) {
    Launch launch = new Launch(traffic, id);
    loop.run(() -> on(new Event.Taken(launch)));
  }

  @Override
  public void userStarted() {
    running.incrementAndGet();
    total.increment();
  }

  @Override
  public void userEnded() {
    running.decrementAndGet();
  }

  @Override
  public int running() {
    return running.get();
  }

  @Override
  public int idle() {
    return pool.idle();
  }

  /** Protocol 1 does not tell the server. */
  @Override
  public void serviceFailed() {}

  @Override
  public boolean isPreferred() {
    return true;
  }

  /** Protocol 1 has no word for it; the client sees the launches. */
  @Override
  public void usersWait(int count) {}

  /** None: each datagram needs a data connection. */
  @Override
  public @Nullable Lanes lanes() {
    return null;
  }

  /** Ends the session. */
  void close(String why) {
    loop.run(() -> on(new Event.Closed(why)));
  }

  DuplexChannel control() {
    return control;
  }

  TunnelStatus.Session status() {
    return new TunnelStatus.Session(
        name,
        peer,
        1,
        since,
        dataPort,
        pool.idle(),
        running.get(),
        total.sum(),
        Channels.roundTrip(control));
  }

  @Override
  public String toString() {
    return name + " (" + peer + ")";
  }
}
