package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.Tunnel;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.DatagramPort;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Listener;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.pool.WaitingRoom;
import dev.nodepass.runtime.tls.ServerCertificate;
import dev.nodepass.runtime.tls.TlsContexts;
import io.netty.handler.ssl.SslContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The server role in reverse mode: listens for users on the target address and for clients on the
 * tunnel address. Life cycle methods on one loop, which owns the fields that change; {@link
 * #status()} from every thread.
 */
public final class TunnelServer implements Tunnel {
  private final ServerContext context;
  private final Loop loop;
  private final SslContext tls;
  private final Executor handshakes;
  private final ModeChoice modeChoice;
  private final LongAdder total = new LongAdder();
  private volatile @Nullable Life life;
  private volatile boolean accepting;

  // Owned by the loop.
  private @Nullable Promise<Void> quiet;

  /**
   * @param loop owns the life cycle
   */
  public TunnelServer(ServerContext context, Loop loop) {
    this.context = context;
    this.loop = loop;
    this.tls = TlsContexts.server(ServerCertificate.inMemory(context.clock(), context.random()));
    this.handshakes = context.loops().worker("nodepass-tls");
    this.modeChoice = new ModeChoice(context.settings(), context.loops());
  }

  /** What one start made, and one close ends. */
  private record Life(
      Sessions sessions,
      WaitingRoom<DataConnection> room,
      Users users,
      Datagrams datagrams,
      TunnelPort tunnelPort,
      Listener userListener,
      DatagramPort datagramPort,
      Listener tunnelListener) {

    void closeForUsers() {
      users.close();
      datagrams.close();
      userListener.close();
    }
  }

  @Override
  public Future<Void> start() {
    return modeChoice.decide().compose(reverse -> listen());
  }

  private Future<Void> listen() {
    Settings settings = context.settings();
    Sessions sessions = new Sessions();
    WaitingRoom<DataConnection> room =
        new WaitingRoom<>(sessions, settings.semaphore(), settings.semaphore());
    Users users = new Users(context, room, this::left);
    Datagrams datagrams = new Datagrams(context, room, loop, this::left);
    TunnelPort tunnelPort =
        new TunnelPort(context, tls, handshakes, sessions, session -> room.arrived());
    List<Runnable> undo = new ArrayList<>();
    return openTcp("target address", settings.target(), KeepAlive.DATA, users::accepted, undo)
        .compose(
            userListener ->
                openUdp(settings.target().withPort(userListener.port()), datagrams, undo)
                    .compose(
                        datagramPort -> {
                          datagrams.use(datagramPort);
                          return openTcp(
                                  "tunnel address",
                                  settings.tunnel(),
                                  KeepAlive.control(settings.interval()),
                                  tunnelPort::accepted,
                                  undo)
                              .map(
                                  tunnelListener ->
                                      new Life(
                                          sessions,
                                          room,
                                          users,
                                          datagrams,
                                          tunnelPort,
                                          userListener,
                                          datagramPort,
                                          tunnelListener));
                        }))
        .onFailure(failure -> undo.forEach(Runnable::run))
        .compose(
            begun -> {
              life = begun;
              accepting = true;
              return Future.succeededFuture();
            });
  }

  private Future<Listener> openTcp(
      String what,
      HostPort address,
      KeepAlive keepAlive,
      Listener.Acceptor acceptor,
      List<Runnable> undo) {
    return Listener.open(
            context.loops(), Addresses.bindHost(address), address.port(), keepAlive, acceptor)
        .onSuccess(listener -> undo.add(listener::close))
        .recover(cause -> bindFailed(what, address, cause));
  }

  private Future<DatagramPort> openUdp(HostPort address, Datagrams datagrams, List<Runnable> undo) {
    return DatagramPort.listen(
            context.loops(), loop, Addresses.bindHost(address), address.port(), datagrams::received)
        .onSuccess(port -> undo.add(port::close))
        .recover(cause -> bindFailed("target address (UDP)", address, cause));
  }

  private <T> Future<T> bindFailed(String what, HostPort address, Throwable cause) {
    TunnelFailure failure = Failures.bind(what, address, cause);
    if (!what.equals("target address") || !Failures.isInUse(cause)) {
      return Future.failedFuture(failure);
    }
    return modeChoice.targetInUse(failure).compose(Future::failedFuture);
  }

  @Override
  public Future<String> ended() {
    // Listeners do not end by themselves.
    return Promise.<String>promise().future();
  }

  private void left() {
    total.increment();
    if (!accepting) {
      loop.run(this::checkQuiet);
    }
  }

  private void checkQuiet() {
    Life current = life;
    Promise<Void> waiting = quiet;
    if (waiting != null && (current == null || current.room().running() == 0)) {
      waiting.tryComplete();
    }
  }

  @Override
  public void stopAccepting() {
    accepting = false;
    Life current = life;
    if (current != null) {
      current.closeForUsers();
      current.tunnelListener().close();
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
    Life current = life;
    return current == null ? 0 : current.users().cut();
  }

  @Override
  public void close() {
    stopAccepting();
    Life current = life;
    life = null;
    if (current != null) {
      current.tunnelPort().close();
      current.datagramPort().close();
    }
  }

  @Override
  public TunnelStatus status() {
    Life current = life;
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
          total.sum(),
          0,
          0,
          0,
          0,
          List.of());
    }
    int eligible = current.sessions().eligible();
    return new TunnelStatus(
        accepting ? "listening" : "draining",
        accepting
            ? eligible > 0 ? "" : "no client with an idle data connection"
            : "the tunnel is shutting down",
        accepting && eligible > 0,
        List.of(
            new TunnelStatus.Address(
                "tunnel", settings.tunnel().withPort(current.tunnelListener().port()).toString()),
            new TunnelStatus.Address(
                "target", settings.target().withPort(current.userListener().port()).toString())),
        current.room().running(),
        total.sum() + current.room().running(),
        current.room().waiting(),
        current.sessions().idle(),
        0,
        eligible,
        current.sessions().all().stream().map(ServerSession::status).toList());
  }

  /** The ports that were bound: tunnel, then target. For tests, which let the system draw them. */
  public List<Integer> ports() {
    Life current = life;
    return current == null
        ? List.of()
        : List.of(current.tunnelListener().port(), current.userListener().port());
  }

  Loops loops() {
    return context.loops();
  }
}
