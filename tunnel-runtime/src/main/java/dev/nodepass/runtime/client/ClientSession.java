package dev.nodepass.runtime.client;

import dev.nodepass.runtime.control.ClientProtocol1;
import dev.nodepass.runtime.control.ClientProtocol1.Action;
import dev.nodepass.runtime.control.ClientProtocol1.Event;
import dev.nodepass.runtime.control.ClientProtocol1.State;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;

/**
 * The shell around one {@link ClientProtocol1}: feeds it what the control connection and the clock
 * say, and does what it answers. Owned by the client's loop, on which the control connection lives
 * too.
 */
final class ClientSession {
  private final ClientContext context;
  private final Services services;
  private final ClientProtocol1 protocol;
  private final DuplexChannel control;
  private final DataPool pool;
  private final String peer;
  private final Instant since;
  private final Promise<Void> up = Promise.promise();
  private final Promise<String> ended = Promise.promise();

  // Owned by the client's loop.
  private State state;
  private Loop.Timer ticks = Loop.Timer.NONE;

  // Read from every thread.
  private volatile boolean isUp;
  private volatile int dataPort;

  private ClientSession(
      ClientContext context, Services services, Dialer dialer, Loop loop, DuplexChannel control) {
    this.context = context;
    this.services = services;
    this.protocol = new ClientProtocol1(context.settings().interval());
    this.control = control;
    this.peer = Addresses.text(Channels.remote(control));
    this.since = context.clock().instant();
    this.state = protocol.start(context.nanos().getAsLong());
    String host = Channels.remote(control).getAddress().getHostAddress();
    this.pool = new DataPool(context, loop, dialer, host, services::launch);
  }

  /**
   * Begins with the handshake.
   *
   * @param control the connection to the server; on {@code loop}
   * @return a session that is up: the server has named its data port
   */
  static Future<ClientSession> open(
      ClientContext context,
      Services services,
      Dialer dialer,
      Loop loop,
      DuplexChannel control,
      SslContext tls,
      Executor executor) {
    ClientSession session = new ClientSession(context, services, dialer, loop, control);
    return ControlConnection.open(loop, control, tls, executor, context.nanos(), session::on)
        .compose(
            shaken -> {
              session.tickOn(loop);
              return session.up.future();
            })
        .map(session);
  }

  private void tickOn(Loop loop) {
    if (!(state instanceof State.Ended)) {
      Duration own = context.settings().interval();
      Duration step = own.compareTo(Duration.ofMillis(500)) < 0 ? own : Duration.ofMillis(500);
      ticks = loop.every(step, this::tick);
    }
  }

  private void tick() {
    on(new Event.Tick(context.nanos().getAsLong()));
    pool.tick();
    services.tick();
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

  /** Completes with the reason when the session is over. */
  Future<String> ended() {
    return ended.future();
  }

  /** Takes no new users; what is idle is given up. */
  void stopAccepting() {
    pool.stop();
  }

  void close() {
    on(new Event.Closed("the client is shutting down"));
  }

  boolean isUp() {
    return isUp;
  }

  int idle() {
    return pool.idle();
  }

  int wanted() {
    return pool.wanted();
  }

  TunnelStatus.Session status() {
    return new TunnelStatus.Session(
        "server",
        peer,
        1,
        since,
        dataPort,
        pool.idle(),
        services.running(),
        services.total(),
        Channels.roundTrip(control));
  }
}
