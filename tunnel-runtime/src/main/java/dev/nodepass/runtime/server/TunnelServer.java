package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.control.SessionMode;
import dev.nodepass.runtime.identity.KeyFile;
import dev.nodepass.runtime.identity.KeyRing;
import dev.nodepass.runtime.identity.NamedKey;
import dev.nodepass.runtime.identity.WatchedKeys;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.Tunnel;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.listen.Front;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Listener;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.relay.tcp.Pace;
import dev.nodepass.runtime.relay.tcp.Relay;
import dev.nodepass.runtime.serve.Services;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The server role: clients come to the tunnel address; in reverse mode users come to the target
 * address and are sent to the clients, in forward mode users come from the clients and are sent to
 * the target. Life cycle methods on one loop, which owns the fields that change; {@link #status()}
 * from every thread.
 */
public final class TunnelServer implements Tunnel {
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(10);

  /** How often files are read again: keys and certificates. */
  private static final Duration REFRESH = Duration.ofSeconds(1);

  /** How often a draining server looks whether it is quiet. */
  private static final Duration LOOK = Duration.ofMillis(20);

  private final TunnelContext context;
  private final Loop loop;
  private final Executor handshakes;
  private final Executor files;
  private final ModeChoice modeChoice;
  private final Relay.Traffic traffic;
  private final Services services;
  private volatile @Nullable Running running;
  private volatile boolean accepting;

  // Owned by the loop.
  private Loop.Timer ticks = Loop.Timer.NONE;

  /** A life, and the port by which clients come to it. */
  private record Running(ServerLife life, Listener tunnelListener) {}

  /**
   * @param loop owns the life cycle
   */
  public TunnelServer(TunnelContext context, Loop loop) {
    this.context = context;
    this.loop = loop;
    this.handshakes = context.loops().worker("nodepass-tls");
    this.files = context.loops().worker("nodepass-files");
    this.modeChoice = new ModeChoice(context.settings(), context.loops());
    int rate = context.settings().limits().rate();
    this.traffic =
        new Relay.Traffic(
            context.metrics().bytesUp(),
            context.metrics().bytesDown(),
            Pace.of(rate, context.nanos()),
            Pace.of(rate, context.nanos()));
    Dialer dialer = new Dialer(context.loops(), KeepAlive.DATA, DIAL_TIMEOUT);
    this.services = new Services(context, loop, dialer, traffic, () -> {});
  }

  @Override
  public Future<Void> start() {
    return modeChoice
        .decide()
        .compose(
            mode ->
                context
                    .loops()
                    .blocking(() -> load(mode))
                    .compose(
                        life ->
                            Future.future(done -> loop.run(() -> open(life).onComplete(done)))));
  }

  /** Blocks. */
  private ServerLife load(SessionMode mode) throws TunnelFailure {
    Settings settings = context.settings();
    try {
      KeyRing fixed =
          new KeyRing(
              settings.identity().key().stream()
                  .map(k -> new NamedKey(NamedKey.DEFAULT_NAME, k, Optional.empty()))
                  .toList());
      WatchedKeys keys = new WatchedKeys(fixed, settings.identity().keyFile());
      Credentials credentials = Credentials.load(context, handshakes);
      return new ServerLife(context, loop, mode, credentials, keys, services, traffic);
    } catch (KeyFile.KeyFileException wrong) {
      throw TunnelFailure.forGood(String.valueOf(wrong.getMessage()));
    }
  }

  private Future<Void> open(ServerLife life) {
    HostPort tunnel = context.settings().tunnel();
    return life.openFront()
        .recover(this::frontFailed)
        .compose(
            opened ->
                Listener.open(
                        context.loops(),
                        Addresses.bindHost(tunnel),
                        tunnel.port(),
                        KeepAlive.control(context.settings().interval()),
                        life.tunnelPort()::accepted)
                    .recover(
                        cause ->
                            Future.failedFuture(Failures.bind("tunnel address", tunnel, cause))))
        .onFailure(cause -> life.close())
        .map(
            listener -> {
              running = new Running(life, listener);
              accepting = true;
              ticks = loop.every(Duration.ofMillis(500), services::tick);
              life.begin(files, REFRESH);
              return null;
            });
  }

  private Future<Void> frontFailed(Throwable cause) {
    if (!(cause instanceof Front.Busy busy)) {
      return Future.failedFuture(cause);
    }
    return modeChoice.targetInUse(busy.failure()).compose(Future::failedFuture);
  }

  @Override
  public Future<String> ended() {
    // Listeners do not end by themselves.
    return Promise.<String>promise().future();
  }

  /** The tunnel address stays open: who comes there is told that this server drains. */
  @Override
  public void stopAccepting() {
    accepting = false;
    Running current = running;
    if (current != null) {
      current.life().stopAccepting();
    }
  }

  @Override
  public Future<Void> quiet() {
    Promise<Void> promise = Promise.promise();
    look(promise);
    return promise.future();
  }

  private void look(Promise<Void> promise) {
    Running current = running;
    if (current == null || current.life().isQuiet()) {
      promise.tryComplete();
    } else {
      loop.after(LOOK, () -> look(promise));
    }
  }

  @Override
  public int cut() {
    Running current = running;
    return current == null ? 0 : current.life().cut();
  }

  @Override
  public void close() {
    stopAccepting();
    Running current = running;
    running = null;
    ticks.cancel();
    if (current != null) {
      current.tunnelListener().close();
      current.life().close();
    }
  }

  @Override
  public TunnelStatus status() {
    Running current = running;
    Settings settings = context.settings();
    if (current == null) {
      return new TunnelStatus(
          "starting",
          "the listeners are not open",
          false,
          List.of(
              new TunnelStatus.Address("tunnel", settings.tunnel().toString()),
              new TunnelStatus.Address("target", settings.target().toString())),
          0,
          0,
          0,
          0,
          0,
          0,
          List.of());
    }
    return current.life().status(current.tunnelListener().port(), !accepting);
  }

  /** The ports that were bound: tunnel, then target. For tests, which let the system draw them. */
  public List<Integer> ports() {
    Running current = running;
    return current == null
        ? List.of()
        : List.of(current.tunnelListener().port(), current.life().front().port());
  }
}
