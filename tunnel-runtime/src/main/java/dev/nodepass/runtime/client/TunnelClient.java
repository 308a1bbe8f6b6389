package dev.nodepass.runtime.client;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.identity.Nonces;
import dev.nodepass.runtime.lifecycle.Tunnel;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.listen.Front;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.relay.tcp.Pace;
import dev.nodepass.runtime.relay.tcp.Relay;
import dev.nodepass.runtime.serve.Services;
import dev.nodepass.runtime.session.DataSide;
import dev.nodepass.runtime.session.ListeningSide;
import dev.nodepass.runtime.session.ServingSide;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The client role: keeps sessions with its servers; in reverse mode it dials the service for each
 * user, in forward mode it takes users itself. A life lasts as long as there is a session; users
 * outlive it. Life cycle methods on one loop, {@link #status()} from every thread.
 */
public final class TunnelClient implements Tunnel, ServerLink.Owner, Protocol2Session.Home {
  private static final Logger LOG = Logger.getLogger(TunnelClient.class);

  /** How long a dial may take, to the server and to the service. */
  private static final Duration DIAL_TIMEOUT = Duration.ofSeconds(10);

  /** How often a draining client looks whether it is quiet. */
  private static final Duration LOOK = Duration.ofMillis(20);

  private final TunnelContext context;
  private final Loop loop;
  private final Services services;
  private final Relay.Traffic traffic;
  private final String instance;
  private final List<ServerLink> links = new ArrayList<>();
  private final List<Session> sessions = new CopyOnWriteArrayList<>();
  private final Map<String, Protocol2Session> byInstance = new ConcurrentHashMap<>();
  private volatile @Nullable Front front;
  private volatile boolean accepting = true;

  /** Why the last attempt to open a session came to nothing; empty when it did not. */
  private volatile String lastFailure = "";

  // Owned by the loop.
  private @Nullable Future<Front> opening;
  private Promise<String> ended = Promise.promise();
  private Loop.Timer ticks = Loop.Timer.NONE;
  private boolean warned;

  /**
   * @param loop owns the life cycle and the sessions
   */
  public TunnelClient(TunnelContext context, Loop loop) {
    this.context = context;
    this.loop = loop;
    this.instance = Nonces.instance(context.random());
    Settings settings = context.settings();
    int rate = settings.limits().rate();
    this.traffic =
        new Relay.Traffic(
            context.metrics().bytesUp(),
            context.metrics().bytesDown(),
            Pace.of(rate, context.nanos()),
            Pace.of(rate, context.nanos()));
    Executor handshakes = context.loops().worker("nodepass-tls");
    KeepAlive control = KeepAlive.control(settings.interval());
    Dialer controlDialer = new Dialer(context.loops(), control, DIAL_TIMEOUT);
    Dialer dataDialer = new Dialer(context.loops(), KeepAlive.DATA, DIAL_TIMEOUT);
    this.services = new Services(context, loop, dataDialer, traffic, () -> {});
    for (HostPort address : settings.tunnels()) {
      links.add(
          new ServerLink(
              context, loop, address, controlDialer, dataDialer, handshakes, services, this, this));
    }
  }

  // ---- life cycle

  @Override
  public Future<Void> start() {
    if (!warned) {
      warned = true;
      ClientTls.warning(context.settings()).ifPresent(LOG::warn);
      ticks = loop.every(Duration.ofMillis(500), services::tick);
    }
    ended = Promise.promise();
    List<Future<Void>> first = links.stream().map(ServerLink::start).toList();
    return Future.any(first)
        .<Void>mapEmpty()
        .recover(
            none -> {
              links.forEach(ServerLink::stop);
              return Future.failedFuture(first.getFirst().cause());
            });
  }

  @Override
  public Future<String> ended() {
    if (sessions.isEmpty()) {
      ended.tryComplete("there is no session");
    }
    return ended.future();
  }

  @Override
  public void stopAccepting() {
    accepting = false;
    services.drain();
    links.forEach(ServerLink::stop);
    Front users = front;
    if (users != null) {
      users.stopAccepting();
    }
    sessions.forEach(s -> s.drain(context.settings().shutdown()));
  }

  @Override
  public Future<Void> quiet() {
    Promise<Void> promise = Promise.promise();
    look(promise);
    return promise.future();
  }

  private void look(Promise<Void> promise) {
    Front users = front;
    if (services.running() == 0
        && services.waiting() == 0
        && (users == null || users.running() == 0)
        && sessions.stream().allMatch(Session::isQuiet)) {
      promise.tryComplete();
    } else {
      loop.after(LOOK, () -> look(promise));
    }
  }

  @Override
  public int cut() {
    Front users = front;
    return services.cut() + (users == null ? 0 : users.cut());
  }

  @Override
  public void close() {
    accepting = false;
    ticks.cancel();
    links.forEach(ServerLink::stop);
    List.copyOf(sessions).forEach(s -> s.close("the client is shutting down"));
    Front users = front;
    if (users != null) {
      users.close();
    }
  }

  // ---- sessions of both protocols, on the loop

  @Override
  public void tried(String failure) {
    lastFailure = failure;
  }

  @Override
  public boolean hasSession() {
    return !sessions.isEmpty();
  }

  @Override
  public void begun(ServerLink link, Session session) {
    sessions.add(session);
    if (!accepting) {
      session.close("the client is shutting down");
    }
  }

  @Override
  public void ended(ServerLink link, Session session, String why) {
    sessions.remove(session);
    if (sessions.isEmpty()) {
      // The whole client cools down and starts again.
      links.forEach(ServerLink::stop);
      ended.tryComplete(why);
    } else {
      if (accepting) {
        LOG.infof("a session ended: %s", why);
      }
      link.keep();
    }
  }

  // ---- sessions of protocol 2

  @Override
  public String instance() {
    return instance;
  }

  @Override
  public @Nullable Protocol2Session sessionWith(String server) {
    return byInstance.get(server);
  }

  @Override
  public ServingSide servingSide(String name, ServingSide.Events events) {
    return new ServingSide(context, name, services, events);
  }

  @Override
  public Future<ListeningSide> listeningSide(String name, ListeningSide.Events events) {
    Future<Front> open = opening;
    if (open == null || open.failed()) {
      open =
          new Front(context, context.settings().target(), loop, traffic)
              .open()
              .onSuccess(
                  opened -> {
                    front = opened;
                    LOG.infof(
                        "mode: forward; users are taken on %s",
                        context.settings().target().withPort(opened.port()));
                  });
      opening = open;
    }
    return open.map(users -> new ListeningSide(context, name, events));
  }

  @Override
  public void begun(Protocol2Session session, String server, DataSide side) {
    byInstance.put(server, session);
    Front users = front;
    if (side instanceof ListeningSide upstream && users != null) {
      users.upstreams().add(upstream);
    }
  }

  @Override
  public void arrived() {
    Front users = front;
    if (users != null) {
      users.arrived();
    }
  }

  @Override
  public void draining(Protocol2Session session) {
    links.forEach(ServerLink::keep);
  }

  @Override
  public void peers(Protocol2Session session, int count) {
    // Which of several addresses a session came from does not matter: each has its own servers.
    links.forEach(link -> link.peers(session, count));
  }

  @Override
  public void ended(Protocol2Session session, String server, @Nullable DataSide side) {
    byInstance.remove(server, session);
    Front users = front;
    if (side instanceof ListeningSide upstream && users != null) {
      users.upstreams().remove(upstream);
    }
  }

  // ---- status

  @Override
  public TunnelStatus status() {
    Settings settings = context.settings();
    Front users = front;
    boolean up = sessions.stream().anyMatch(Session::isServing);
    int eligible = (int) sessions.stream().filter(Session::isEligible).count();
    boolean ready = up && accepting && (users == null || eligible > 0);
    String detail =
        !accepting
            ? "the tunnel is shutting down"
            : !up
                ? lastFailure.isEmpty() ? "no session with the server" : lastFailure
                : ready ? "" : "no idle data connection to a server";
    List<TunnelStatus.Address> addresses = new ArrayList<>();
    settings
        .tunnels()
        .forEach(t -> addresses.add(new TunnelStatus.Address("tunnel", t.toString())));
    HostPort target = users == null ? settings.target() : settings.target().withPort(users.port());
    addresses.add(new TunnelStatus.Address("target", target.toString()));
    return new TunnelStatus(
        accepting ? up ? "connected" : "connecting" : "draining",
        detail,
        ready,
        addresses,
        services.running() + (users == null ? 0 : users.running()),
        services.total() + (users == null ? 0 : users.total()),
        services.waiting() + (users == null ? 0 : users.waiting()),
        sessions.stream().mapToInt(Session::idle).sum(),
        sessions.stream().mapToInt(Session::wanted).sum(),
        eligible,
        sessions.stream().map(Session::status).toList());
  }

  /** The port on which users are taken in forward mode; 0 when there is none. For tests. */
  public int userPort() {
    Front users = front;
    return users == null ? 0 : users.port();
  }
}
