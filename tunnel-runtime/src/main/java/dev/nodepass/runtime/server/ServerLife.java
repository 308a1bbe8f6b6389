package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Protocol2Settings.DataSecurity;
import dev.nodepass.runtime.config.Protocol2Settings.Peers;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.SessionMode;
import dev.nodepass.runtime.identity.WatchedKeys;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.listen.Front;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.relay.tcp.Relay;
import dev.nodepass.runtime.serve.Services;
import dev.nodepass.runtime.session.DataSide;
import dev.nodepass.runtime.session.ListeningSide;
import dev.nodepass.runtime.session.ServingSide;
import dev.nodepass.runtime.tls.Alpn;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * What one start of a server made, and one close ends: its sessions of both protocols, and in
 * reverse mode its fronts. Arrivals and sessions call it on their loops; life cycle methods on the
 * server's loop.
 */
final class ServerLife implements Arrival.Doors, Protocol2Sessions.Sides {
  private static final Logger LOG = Logger.getLogger(ServerLife.class);

  /** Between the announcement of a certificate and its first use. */
  private static final Duration ANNOUNCED = Duration.ofSeconds(1);

  private final TunnelContext context;
  private final Loop loop;
  private final SessionMode mode;
  private final Credentials credentials;
  private final Services services;
  private final RemotePorts remotePorts;
  private final Protocol2Sessions sessions2;
  private final Set<Protocol1Session> sessions1 = ConcurrentHashMap.newKeySet();
  private final AtomicInteger numbers = new AtomicInteger();
  private final TunnelPort tunnelPort;
  private final Front front;
  private final NamedFronts named;
  private volatile boolean accepting = true;
  private Loop.Timer refreshes = Loop.Timer.NONE;

  /**
   * @param loop owns the life cycle
   * @param services serve users in forward mode
   */
  ServerLife(
      TunnelContext context,
      Loop loop,
      SessionMode mode,
      Credentials credentials,
      WatchedKeys keys,
      Services services,
      Relay.Traffic traffic) {
    this.context = context;
    this.loop = loop;
    this.mode = mode;
    this.credentials = credentials;
    this.services = services;
    Settings settings = context.settings();
    this.remotePorts = new RemotePorts(settings.remote());
    this.sessions2 = new Protocol2Sessions(context, keys, mode, this);
    this.tunnelPort = new TunnelPort(context, this);
    this.front = new Front(context, settings.target(), loop, traffic);
    this.named =
        new NamedFronts(
            settings.protocol2().ports(),
            settings.target(),
            address -> new Front(context, address, loop, traffic));
    if (mode == SessionMode.REVERSE) {
      named.prepare(keys.current().names());
    }
  }

  /** Begins to follow files and names. */
  void begin(Executor files, Duration period) {
    refreshes = loop.every(period, () -> files.execute(this::refresh));
    files.execute(this::refresh);
  }

  /** Blocks. */
  private void refresh() {
    sessions2.refreshKeys();
    credentials
        .refresh()
        .ifPresent(
            next -> {
              sessions2.announce(next.fingerprint());
              loop.after(ANNOUNCED, () -> credentials.show(next));
            });
    sessions2.peers(peers());
  }

  private int peers() {
    Peers peers = context.settings().protocol2().peers();
    if (peers.dnsName().isEmpty()) {
      return peers.count();
    }
    try {
      return InetAddress.getAllByName(peers.dnsName().get()).length;
    } catch (UnknownHostException unknown) {
      LOG.debugf("peers: %s does not resolve", peers.dnsName().get());
      return peers.count();
    }
  }

  // ---- arrivals, each on its loop

  TunnelPort tunnelPort() {
    return tunnelPort;
  }

  @Override
  public boolean isKnown(InetAddress source) {
    return sessions2.all().stream().anyMatch(s -> s.peer().getAddress().equals(source));
  }

  @Override
  public boolean plainAllowed() {
    return context.settings().protocol2().data() == DataSecurity.PLAIN;
  }

  @Override
  public Credentials.@Nullable Handler handler(
      DuplexChannel channel, Alpn.Offer offer, Consumer<Arrival.Rejection> why) {
    Optional<Arrival.Rejection> rejection =
        switch (offer) {
          case Alpn.Offer.Ours ours -> Optional.empty();
          case Alpn.Offer.Foreign foreign ->
              Optional.of(
                  new Arrival.Rejection(
                      Refusal.HANDSHAKE_FAILED, "it offers other application protocols than ours"));
          case Alpn.Offer.None none -> protocol1Rejection();
        };
    if (rejection.isPresent()) {
      why.accept(rejection.get());
      return null;
    }
    return credentials.handler(channel.alloc(), offer);
  }

  private Optional<Arrival.Rejection> protocol1Rejection() {
    String why =
        credentials.demandsProof()
            ? "it speaks protocol 1 (NodePass 1.0.x), which cannot prove a key or show a certificate;"
                + " use this program on both sides, or a server without key and client-ca"
            : !context.settings().protocol2().legacy()
                ? "it speaks protocol 1 (NodePass 1.0.x), and legacy=0"
                : mode == SessionMode.FORWARD
                    ? "it speaks protocol 1 (NodePass 1.0.x), which knows mode reverse only; this"
                        + " server runs in mode forward"
                    : !accepting ? "the server is shutting down" : "";
    return why.isEmpty()
        ? Optional.empty()
        : Optional.of(new Arrival.Rejection(Refusal.LEGACY, why));
  }

  @Override
  public void protocol1(Loop on, DuplexChannel channel, InetSocketAddress from) {
    String name = "client-" + numbers.incrementAndGet();
    new Protocol1Session(context, new Protocol1Events(), remotePorts, on, channel, from, name)
        .begin();
  }

  @Override
  public void control(
      Loop on, DuplexChannel channel, InetSocketAddress from, String fingerprint, Runnable proven) {
    new Protocol2Session(
            context, sessions2, on, channel, from, sessions2.greeting(), fingerprint, proven)
        .begin();
  }

  @Override
  public Message.Server name() {
    return sessions2.name();
  }

  @Override
  public void data(
      Loop on,
      DuplexChannel channel,
      InetSocketAddress from,
      boolean framed,
      Message.Data data,
      Early rest) {
    Optional<Protocol2Session> session = sessions2.byId(data.session());
    if (session.isEmpty() || session.get().isPlain() == framed) {
      rest.release();
      refuseTicket(channel, from, "it names no session of this server");
      return;
    }
    Waiting waiting = new Waiting(channel, rest);
    session
        .get()
        .admits(data)
        .onSuccess(
            admitted ->
                on.run(
                    () -> {
                      Early early = waiting.take();
                      Optional<DataSide> side = session.get().side();
                      if (admitted && side.isPresent()) {
                        side.get().adopt(on, channel, framed, data.number(), early);
                      } else {
                        early.release();
                        refuseTicket(channel, from, "its ticket does not fit or was used before");
                      }
                    }));
  }

  private void refuseTicket(DuplexChannel channel, InetSocketAddress from, String why) {
    context
        .refusals()
        .add(
            Refusal.TICKET,
            "a data connection from %s was refused: %s".formatted(Addresses.text(from), why));
    channel.close();
  }

  // ---- sessions, each on its loop

  @Override
  public DataSide side(Protocol2Session session, String name) {
    String text = session.toString();
    return mode == SessionMode.REVERSE
        ? new ListeningSide(context, text, new Arrivals(session, name))
        : new ServingSide(context, text, services, ServingSide.Events.NONE);
  }

  @Override
  public void begun(Protocol2Session session, DataSide side) {
    if (side instanceof ListeningSide upstream) {
      front.upstreams().add(upstream);
      String name = session.name();
      loop.run(
          () ->
              named
                  .of(name)
                  .ifPresent(
                      own -> {
                        own.upstreams().add(upstream);
                        if (session.isOver()) {
                          own.upstreams().remove(upstream);
                        }
                        own.arrived();
                      }));
    }
  }

  @Override
  public void ended(Protocol2Session session, Optional<DataSide> side) {
    if (side.isPresent() && side.get() instanceof ListeningSide upstream) {
      front.upstreams().remove(upstream);
      named.fronts().forEach(own -> own.upstreams().remove(upstream));
    }
  }

  /** Tells the fronts of a session what it has for their users. */
  private final class Arrivals implements ListeningSide.Events {
    private final Protocol2Session session;
    private final String name;

    Arrivals(Protocol2Session session, String name) {
      this.session = session;
      this.name = name;
    }

    @Override
    public void arrived() {
      front.arrived();
      Front own = named.all().get(name);
      if (own != null) {
        own.arrived();
      }
    }

    @Override
    public void taken() {}

    @Override
    public void lost(long lived) {}

    @Override
    public void usersWait(int count) {
      session.say(new Message.Pool(0, count));
    }
  }

  private final class Protocol1Events implements Protocol1Session.Events {
    @Override
    public void serving(Protocol1Session session) {
      sessions1.add(session);
      front.upstreams().add(session);
    }

    @Override
    public void arrived(Protocol1Session session) {
      front.arrived();
    }

    @Override
    public void ended(Protocol1Session session) {
      sessions1.remove(session);
      front.upstreams().remove(session);
    }
  }

  // ---- life cycle

  Front front() {
    return front;
  }

  /** Opens the target port, in reverse mode. */
  Future<Void> openFront() {
    return mode == SessionMode.REVERSE ? front.open().mapEmpty() : Future.succeededFuture();
  }

  /** Takes no new users and no new clients; what runs goes on. */
  void stopAccepting() {
    accepting = false;
    services.drain();
    named.close();
    fronts().forEach(Front::stopAccepting);
    sessions2.drain();
  }

  private List<Front> fronts() {
    List<Front> all = new ArrayList<>(named.fronts());
    if (mode == SessionMode.REVERSE) {
      all.add(front);
    }
    return all;
  }

  /** True when no user is left, and none can be on the way. */
  boolean isQuiet() {
    return running() == 0
        && (mode == SessionMode.REVERSE
            || (services.waiting() == 0
                && sessions2.all().stream()
                    .flatMap(s -> s.side().stream())
                    .allMatch(side -> side.idle() == 0)));
  }

  int cut() {
    return fronts().stream().mapToInt(Front::cut).sum() + services.cut();
  }

  void close() {
    refreshes.cancel();
    tunnelPort.close();
    sessions1.forEach(s -> s.close("the server is shutting down"));
    sessions2.close();
    fronts().forEach(Front::close);
  }

  int running() {
    return mode == SessionMode.REVERSE
        ? fronts().stream().mapToInt(Front::running).sum()
        : services.running();
  }

  TunnelStatus status(int tunnelPortNumber, boolean draining) {
    Settings settings = context.settings();
    List<TunnelStatus.Address> addresses = new ArrayList<>();
    addresses.add(address("tunnel", settings.tunnel().withPort(tunnelPortNumber)));
    addresses.add(
        address(
            "target",
            mode == SessionMode.REVERSE
                ? settings.target().withPort(front.port())
                : settings.target()));
    named
        .all()
        .forEach(
            (name, own) -> addresses.add(address(name, settings.target().withPort(own.port()))));
    List<TunnelStatus.Session> sessions = new ArrayList<>();
    sessions1.forEach(s -> sessions.add(s.status()));
    sessions2.all().forEach(s -> sessions.add(s.status()));
    int eligible = mode == SessionMode.REVERSE ? front.upstreams().eligible() : sessions.size();
    boolean ready = !draining && (mode == SessionMode.FORWARD || eligible > 0);
    return new TunnelStatus(
        draining ? "draining" : "listening",
        draining
            ? "the tunnel is shutting down"
            : ready ? "" : "no client with an idle data connection",
        ready,
        addresses,
        running(),
        mode == SessionMode.REVERSE
            ? fronts().stream().mapToLong(Front::total).sum()
            : services.total(),
        mode == SessionMode.REVERSE
            ? fronts().stream().mapToInt(Front::waiting).sum()
            : services.waiting(),
        mode == SessionMode.REVERSE
            ? front.upstreams().idle()
            : sessions.stream().mapToInt(TunnelStatus.Session::idle).sum(),
        0,
        eligible,
        sessions);
  }

  private static TunnelStatus.Address address(String name, HostPort address) {
    return new TunnelStatus.Address(name, address.toString());
  }
}
