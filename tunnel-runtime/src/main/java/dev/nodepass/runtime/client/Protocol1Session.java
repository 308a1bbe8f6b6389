package dev.nodepass.runtime.client;

import dev.nodepass.runtime.control.ClientProtocol1;
import dev.nodepass.runtime.control.ClientProtocol1.Action;
import dev.nodepass.runtime.control.ClientProtocol1.Event;
import dev.nodepass.runtime.control.ClientProtocol1.State;
import dev.nodepass.runtime.control.Signal;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.serve.Services;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;

/**
 * The shell around one {@link ClientProtocol1}: feeds it what the control connection and the clock
 * say, and does what it answers. Owned by the client's loop, on which the control connection lives
 * too.
 */
final class Protocol1Session implements Session {
  private static final Logger LOG = Logger.getLogger(Protocol1Session.class);

  private final TunnelContext context;
  private final Services services;
  private final ClientProtocol1 protocol;
  private final DuplexChannel control;
  private final DataPool pool;
  private final String peer;
  private final Instant since;
  private final LongAdder total = new LongAdder();
  private final Promise<Void> up = Promise.promise();
  private final Promise<String> ended = Promise.promise();

  // Owned by the client's loop.
  private State state;
  private Loop.Timer ticks = Loop.Timer.NONE;

  // Read from every thread.
  private volatile boolean isUp;
  private volatile int dataPort;

  private Protocol1Session(
      TunnelContext context, Services services, Dialer dialer, Loop loop, DuplexChannel control) {
    this.context = context;
    this.services = services;
    this.protocol = new ClientProtocol1(context.settings().interval());
    this.control = control;
    this.peer = Addresses.text(Channels.remote(control));
    this.since = context.clock().instant();
    this.state = protocol.start(context.now());
    String host = Channels.remote(control).getAddress().getHostAddress();
    this.pool = new DataPool(context, loop, dialer, host, this::launch);
  }

  /**
   * Begins, after the TLS handshake.
   *
   * @param control the connection to the server; on {@code loop}
   * @return a session that is up: the server has named its data port
   */
  static Future<Session> open(
      TunnelContext context, Services services, Dialer dialer, Loop loop, DuplexChannel control) {
    Protocol1Session session = new Protocol1Session(context, services, dialer, loop, control);
    session.tickOn(loop);
    ControlConnection.begin(control, context.nanos(), session::on);
    return session.up.future().map(session);
  }

  private void launch(PooledConnection connection, Signal.Launch launch) {
    LOG.debugf("Launch signal <- : %s <- %s", launch.id(), launch.traffic());
    total.increment();
    switch (launch.traffic()) {
      case TCP -> services.launch(new Protocol1Launch(connection));
      case UDP -> services.launchDatagram(connection);
    }
  }

  private void tickOn(Loop loop) {
    if (!(state instanceof State.Ended)) {
      Duration own = context.settings().interval();
      Duration step = own.compareTo(Duration.ofMillis(500)) < 0 ? own : Duration.ofMillis(500);
      ticks = loop.every(step, this::tick);
    }
  }

  private void tick() {
    on(new Event.Tick(context.now()));
    pool.tick();
  }

  private void on(Event event) {
    ClientProtocol1.Step step = protocol.on(state, event);
    if (state instanceof State.Up before
        && step.next() instanceof State.Up after
        && after.beats() > before.beats()) {
      context.metrics().heartbeats().increment();
    }
    state = step.next();
    for (Action action : step.actions()) {
      perform(action);
    }
  }

  private void perform(Action action) {
    switch (action) {
      case Action.DialTo(int port) -> {
        dataPort = port;
        pool.dialTo(port);
        if (!isUp) {
          isUp = true;
          context.metrics().sessions().increment();
          up.tryComplete();
        }
      }
      case Action.Take(var launch) -> pool.launch(launch);
      case Action.Warn(String text) -> context.refusals().add(Refusal.CONTROL_GARBAGE, text);
      case Action.End(String why) -> end(why);
    }
  }

  private void end(String why) {
    isUp = false;
    ticks.cancel();
    pool.close();
    control.close();
    up.tryFail(why);
    ended.tryComplete(why);
  }

  @Override
  public Future<String> ended() {
    return ended.future();
  }

  /** What is idle is given up, so that the server sends its users elsewhere. */
  @Override
  public void drain(Duration grace) {
    pool.stop();
  }

  @Override
  public boolean isQuiet() {
    return true;
  }

  @Override
  public void close(String why) {
    on(new Event.Closed(why));
  }

  @Override
  public boolean isServing() {
    return isUp;
  }

  @Override
  public boolean isEligible() {
    return isUp && idle() > 0;
  }

  @Override
  public int idle() {
    return pool.idle();
  }

  @Override
  public int wanted() {
    return pool.wanted();
  }

  @Override
  public TunnelStatus.Session status() {
    return new TunnelStatus.Session(
        "server",
        peer,
        1,
        since,
        dataPort,
        pool.idle(),
        services.running(),
        total.sum(),
        Channels.roundTrip(control));
  }
}
