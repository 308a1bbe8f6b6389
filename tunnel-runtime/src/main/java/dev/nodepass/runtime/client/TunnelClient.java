package dev.nodepass.runtime.client;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Mode;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.Tunnel;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.tls.TlsContexts;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The client role in reverse mode: keeps a session with the server, and dials the service for each
 * user. A life is a session; relays outlive it. Life cycle methods on one loop, {@link #status()}
 * from every thread.
 */
public final class TunnelClient implements Tunnel {
  /** How long a dial may take, to the server and to the service. */
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(10);

  private final ClientContext context;
  private final Loop loop;
  private final SslContext tls = TlsContexts.protocol1Client();
  private final Executor handshakes;
  private final Dialer controlDialer;
  private final Dialer dataDialer;
  private final Services services;
  private volatile @Nullable ClientSession session;
  private volatile boolean accepting = true;

  // Owned by the loop.
  private @Nullable Promise<Void> quiet;

  /**
   * @param loop owns the life cycle and the session
   */
  public TunnelClient(ClientContext context, Loop loop) {
    this.context = context;
    this.loop = loop;
    this.handshakes = context.loops().worker("nodepass-tls");
    Duration heartbeat = context.settings().interval();
    this.controlDialer = new Dialer(context.loops(), KeepAlive.control(heartbeat), DIAL_TIMEOUT);
    this.dataDialer = new Dialer(context.loops(), KeepAlive.DATA, DIAL_TIMEOUT);
    this.services = new Services(context, loop, dataDialer, this::left);
  }

  @Override
  public Future<Void> start() {
    Settings settings = context.settings();
    if (settings.mode() == Mode.FORWARD) {
      return Future.failedFuture(
          TunnelFailure.forGood(
              "mode=forward: the client would listen on "
                  + settings.target()
                  + " and the server would dial its target, which needs protocol 2, and this version"
                  + " speaks protocol 1 only; use ?mode=reverse"));
    }
    HostPort tunnel = settings.tunnel();
    return controlDialer
        .dial(loop, tunnel.hostToDial(), tunnel.port())
        .recover(cause -> failed("cannot reach", Failures.dial(cause)))
        .compose(this::open);
  }

  private Future<Void> open(DuplexChannel control) {
    return ClientSession.open(context, services, dataDialer, loop, control, tls, handshakes)
        .recover(cause -> failed("no session with", String.valueOf(cause.getMessage())))
        .onSuccess(opened -> session = opened)
        .mapEmpty();
  }

  private <T> Future<T> failed(String what, String why) {
    return Future.failedFuture(
        TunnelFailure.forNow(
            "%s the server %s: %s".formatted(what, context.settings().tunnel(), why)));
  }

  @Override
  public Future<String> ended() {
    ClientSession current = session;
    return current == null ? Future.succeededFuture("there is no session") : current.ended();
  }

  private void left() {
    if (!accepting) {
      loop.run(this::checkQuiet);
    }
  }

  private void checkQuiet() {
    Promise<Void> waiting = quiet;
    if (waiting != null && services.running() == 0 && services.waiting() == 0) {
      waiting.tryComplete();
    }
  }

  @Override
  public void stopAccepting() {
    accepting = false;
    ClientSession current = session;
    if (current != null) {
      current.stopAccepting();
    }
  }

  @Override
  public Future<Void> quiet() {
    Promise<Void> promise = Promise.promise();
    quiet = promise;
    checkQuiet();
    return promise.future();
  }

  @Override
  public int cut() {
    return services.cut();
  }

  @Override
  public void close() {
    accepting = false;
    ClientSession current = session;
    if (current != null) {
      current.close();
    }
  }

  @Override
  public TunnelStatus status() {
    Settings settings = context.settings();
    ClientSession current = session;
    boolean up = current != null && current.isUp();
    boolean ready = up && accepting;
    return new TunnelStatus(
        accepting ? up ? "connected" : "connecting" : "draining",
        ready ? "" : accepting ? "no session with the server" : "the tunnel is shutting down",
        ready,
        List.of(
            new TunnelStatus.Address("tunnel", settings.tunnel().toString()),
            new TunnelStatus.Address("target", settings.target().toString())),
        services.running(),
        services.total(),
        services.waiting(),
        up && current != null ? current.idle() : 0,
        up && current != null ? current.wanted() : 0,
        ready && current != null && current.idle() > 0 ? 1 : 0,
        up && current != null ? List.of(current.status()) : List.of());
  }
}
