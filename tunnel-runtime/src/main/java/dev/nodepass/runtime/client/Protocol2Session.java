package dev.nodepass.runtime.client;

import dev.nodepass.runtime.config.Mode;
import dev.nodepass.runtime.config.Protocol2Settings.DataSecurity;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.control.ClientProtocol2;
import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.SessionMode;
import dev.nodepass.runtime.identity.NamedKey;
import dev.nodepass.runtime.identity.Nonces;
import dev.nodepass.runtime.identity.Proofs;
import dev.nodepass.runtime.identity.Tickets;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.session.ControlChannel;
import dev.nodepass.runtime.session.DataSide;
import dev.nodepass.runtime.session.ListeningSide;
import dev.nodepass.runtime.session.ServingSide;
import dev.nodepass.runtime.tls.Fingerprint;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.security.cert.Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * A session of protocol 2: the shell around {@link ClientProtocol2}, and its data connections.
 * Owned by the client's loop, on which the control connection lives too; what says so may be called
 * from every thread.
 */
final class Protocol2Session implements Session, ControlChannel.Session {
  private static final Logger LOG = Logger.getLogger(Protocol2Session.class);

  private final TunnelContext context;
  private final Loop loop;
  private final Home home;
  private final ClientTls tls;
  private final String fingerprint;
  private final ControlChannel control;
  private final Refill refill;
  private final Instant since;
  private final Promise<Session> up = Promise.promise();
  private final Promise<String> ended = Promise.promise();
  private final AtomicLong numbers = new AtomicLong();

  /** By which the server may show itself on data connections: the newest first, and one before. */
  private volatile List<String> certificates;

  // Owned by the client's loop.
  private Message.@Nullable Server server;
  private Message.@Nullable Client introduced;
  private Loop.Timer ticks = Loop.Timer.NONE;
  private boolean drained;

  // Set when the session stands; read from every thread.
  private volatile @Nullable Granted granted;
  private volatile boolean serving;
  private volatile boolean over;

  private record Granted(Message.Session session, DataSide side) {}

  /** What the session needs of its client. On the client's loop, unless said otherwise. */
  interface Home {
    /** The name of this process. */
    String instance();

    /** The session with an instance; null when there is none. From every thread. */
    @Nullable Protocol2Session sessionWith(String instance);

    /** The side that serves users here. */
    ServingSide servingSide(String name, ServingSide.Events events);

    /** The side whose users are here; ready when their port is open. */
    Future<ListeningSide> listeningSide(String name, ListeningSide.Events events);

    /** The session stands. */
    void begun(Protocol2Session session, String instance, DataSide side);

    /** There is an idle data connection more for users here. From every thread. */
    void arrived();

    /** The server starts nothing new here. */
    void draining(Protocol2Session session);

    /** So many servers stand behind the address. */
    void peers(Protocol2Session session, int count);

    /** It is over; its side is null when it never stood. */
    void ended(Protocol2Session session, String instance, @Nullable DataSide side);
  }

  /** Why there is no session, where that matters to whoever tries again. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;
    private final Reason reason;

    /** What matters. */
    enum Reason {
      /** There is a session with that instance. */
      KNOWN,
      /** The instance is going: another may answer. */
      DRAINING,
      /** The server does not want this client: to ask again at once is no use. */
      UNWANTED,
      /** Anything else. */
      OTHER
    }

    Refused(Reason reason, String message) {
      super(message, null, false, false);
      this.reason = reason;
    }

    Reason reason() {
      return reason;
    }
  }

  private Protocol2Session(
      TunnelContext context,
      Loop loop,
      Home home,
      ClientTls tls,
      DataDials dials,
      DuplexChannel channel,
      @Nullable Certificate shown) {
    this.context = context;
    this.loop = loop;
    this.home = home;
    this.tls = tls;
    this.fingerprint = shown == null ? "" : Fingerprint.ofCertificate(shown);
    this.certificates = List.of(fingerprint);
    this.since = context.clock().instant();
    this.control = new ControlChannel(context, loop, channel, new ClientProtocol2(), this);
    this.refill = new Refill(context, loop, this::idle, connected -> dials.dial(this, connected));
  }

  /**
   * Begins, after the TLS handshake.
   *
   * @param shown the certificate that the server showed
   * @return a session that stands
   */
  static Future<Session> open(
      TunnelContext context,
      Loop loop,
      Home home,
      ClientTls tls,
      DataDials dials,
      DuplexChannel channel,
      @Nullable Certificate shown) {
    Protocol2Session session =
        new Protocol2Session(context, loop, home, tls, dials, channel, shown);
    session.control.begin();
    return session.up.future();
  }

  @Override
  public void perform(Action action) {
    switch (action) {
      case Action.Introduce(var named) -> introduce(named);
      case Action.Check(var session) -> check(session);
      case Action.Begin begin -> begin();
      case Action.Heard(var message) -> heard(message);
      case Action.Refused(var refused) -> refused(refused);
      case Action.End(String why, boolean garbage) -> end(why, garbage);
      default -> throw new IllegalStateException("not an action of a client: " + action);
    }
  }

  // ---- opening

  private void introduce(Message.Server named) {
    Protocol2Session known = home.sessionWith(named.instance());
    if (known != null && known.isServing()) {
      fail(Refused.Reason.KNOWN, "there is a session with this server already");
      return;
    }
    server = named;
    Settings settings = context.settings();
    String nonce = Nonces.nonce(context.random());
    Optional<String> name = tls.key().map(NamedKey::name).or(() -> settings.identity().name());
    Message.Client client =
        new Message.Client(
            home.instance(),
            2,
            nonce,
            name.filter(n -> !n.equals(NamedKey.DEFAULT_NAME)),
            tls.key().map(k -> Proofs.proof(k.key(), Proofs.Side.CLIENT, handshake(named, nonce))),
            settings.mode() == Mode.AUTO
                ? Optional.empty()
                : Optional.of(
                    settings.mode() == Mode.FORWARD ? SessionMode.FORWARD : SessionMode.REVERSE),
            settings.protocol2().data() == DataSecurity.PLAIN);
    introduced = client;
    control.on(new Event.Introduced(client));
  }

  private Proofs.Handshake handshake(Message.Server named, String nonce) {
    return new Proofs.Handshake(
        named.instance(),
        home.instance(),
        named.nonce().orElse(""),
        nonce,
        tls.key().map(NamedKey::name).orElse(NamedKey.DEFAULT_NAME),
        fingerprint);
  }

  private void check(Message.Session session) {
    Optional<String> unproven = unproven(session);
    unproven.ifPresent(
        why ->
            context
                .refusals()
                .addUnsaid(
                    Refusal.SERVER_UNPROVEN,
                    "the server %s was refused: %s".formatted(peer(), why)));
    Optional<String> wrong = unproven.or(() -> unsuitable(session));
    if (wrong.isPresent()) {
      fail(Refused.Reason.OTHER, wrong.get());
    } else if (session.mode() == SessionMode.REVERSE) {
      trust(session, home.servingSide(peer(), new Serving()));
    } else {
      home.listeningSide(peer(), new Listening())
          .onComplete(
              side ->
                  loop.run(
                      () -> {
                        if (side.succeeded()) {
                          trust(session, side.result());
                        } else {
                          fail(Refused.Reason.OTHER, String.valueOf(side.cause().getMessage()));
                        }
                      }));
    }
  }

  private Optional<String> unproven(Message.Session session) {
    Message.Server named = server;
    Message.Client client = introduced;
    if (tls.key().isEmpty() || named == null || client == null) {
      return Optional.empty();
    }
    if (session.proof().isEmpty()) {
      return Optional.of(
          "it has no key, and this client has one: give the server the same key, or leave it out"
              + " here");
    }
    String expected =
        Proofs.proof(tls.key().get().key(), Proofs.Side.SERVER, handshake(named, client.nonce()));
    return Proofs.matches(expected, session.proof().get())
        ? Optional.empty()
        : Optional.of(
            "it does not know the key, or somebody stands between: its proof does not fit");
  }

  private Optional<String> unsuitable(Message.Session session) {
    if (session.plain() && context.settings().protocol2().data() != DataSecurity.PLAIN) {
      return Optional.of(
          "it wants data connections without TLS, which this client did not ask for (data=plain)");
    }
    Mode mode = context.settings().mode();
    boolean suits =
        mode == Mode.AUTO || (mode == Mode.FORWARD) == (session.mode() == SessionMode.FORWARD);
    return suits
        ? Optional.empty()
        : Optional.of("it runs in mode " + session.mode().word() + ", this client does not");
  }

  private void trust(Message.Session session, DataSide side) {
    granted = new Granted(session, side);
    control.on(new Event.Trusted(session.interval(), context.now()));
    if (over) {
      side.close();
    }
  }

  private void begin() {
    Granted now = granted;
    Message.Server named = server;
    if (now == null || named == null) {
      return;
    }
    serving = true;
    context.metrics().sessions().increment();
    home.begun(this, named.instance(), now.side());
    home.peers(this, now.session().peers());
    ticks = loop.every(Duration.ofMillis(500), refill::tick);
    refill.begin();
    up.tryComplete(this);
  }

  private void refused(Message.Refused refused) {
    String why = "it refuses (%s): %s".formatted(refused.reason(), refused.text());
    boolean draining = refused.reason().equals("draining");
    if (!draining) {
      context
          .refusals()
          .addUnsaid(Refusal.REFUSED_BY_SERVER, "no session with %s: %s".formatted(peer(), why));
    }
    fail(draining ? Refused.Reason.DRAINING : Refused.Reason.UNWANTED, why);
  }

  private void fail(Refused.Reason reason, String why) {
    up.tryFail(new Refused(reason, why));
    control.on(new Event.Closed(why));
  }

  // ---- while it stands

  private void heard(Message message) {
    switch (message) {
      case Message.Drain drain -> {
        LOG.infof("server %s drains", peer());
        serving = false;
        refill.stop();
        Granted now = granted;
        if (now != null) {
          now.side().drain(() -> control.tell(new Event.LaunchesOver()));
        }
        home.draining(this);
      }
      case Message.Drained answer -> drained = true;
      case Message.Pool pool -> refill.waiting(pool.waiting());
      case Message.Certificate next -> announced(next.sha256());
      case Message.Peers peers -> home.peers(this, peers.count());
      default -> throw new IllegalStateException("not for a client: " + message);
    }
  }

  private void announced(String next) {
    String newest = certificates.getFirst();
    if (!next.equals(newest)) {
      certificates = List.of(next, newest);
    }
  }

  private void end(String why, boolean garbage) {
    over = true;
    serving = false;
    ticks.cancel();
    refill.stop();
    if (garbage) {
      context
          .refusals()
          .add(Refusal.CONTROL_GARBAGE, "the session with %s ended: %s".formatted(peer(), why));
    }
    Granted now = granted;
    Message.Server named = server;
    if (now != null) {
      now.side().close();
    }
    home.ended(this, named == null ? "" : named.instance(), now == null ? null : now.side());
    up.tryFail(new Refused(Refused.Reason.OTHER, why));
    ended.tryComplete(why);
  }

  // ---- data connections

  /** True when data connections go without TLS. From every thread. */
  boolean isPlain() {
    Granted now = granted;
    return now != null && now.session().plain();
  }

  /** True when a data connection may show that certificate. From every thread. */
  boolean knows(@Nullable Certificate shown) {
    return shown != null && certificates.contains(Fingerprint.ofCertificate(shown));
  }

  /**
   * True while a connection that was meant for another session is of use here. What comes astray
   * must not pile up in the session of a server that has no users, and is lost on one that drains.
   * From every thread.
   */
  boolean hasRoom() {
    return serving && idle() < 2 * Math.max(1, refill.wanted());
  }

  /** How a new data connection shows that it belongs here. From every thread. */
  Optional<Message.Data> ticket() {
    Granted now = granted;
    if (now == null || over) {
      return Optional.empty();
    }
    long number = numbers.incrementAndGet();
    return Optional.of(
        new Message.Data(
            now.session().id(),
            number,
            Tickets.ticket(now.session().secret(), now.session().id(), number)));
  }

  /** Takes a data connection in that has shown its ticket. On the connection's loop. */
  void adopt(Loop on, DuplexChannel channel, boolean framed, long number, Early rest) {
    Granted now = granted;
    if (now == null || over) {
      rest.release();
      channel.close();
    } else {
      now.side().adopt(on, channel, framed, number, rest);
    }
  }

  private final class Serving implements ServingSide.Events {
    @Override
    public void launched() {
      loop.run(refill::taken);
    }

    @Override
    public void lost(long lived) {
      loop.run(() -> refill.lost(lived));
    }
  }

  private final class Listening implements ListeningSide.Events {
    @Override
    public void arrived() {
      home.arrived();
    }

    @Override
    public void taken() {
      loop.run(refill::taken);
    }

    @Override
    public void lost(long lived) {
      loop.run(() -> refill.lost(lived));
    }

    @Override
    public void usersWait(int count) {
      loop.run(() -> refill.waiting(count));
    }
  }

  // ---- life cycle

  @Override
  public Future<String> ended() {
    return ended.future();
  }

  @Override
  public boolean isServing() {
    return serving;
  }

  @Override
  public boolean isEligible() {
    Granted now = granted;
    return serving
        && now != null
        && (now.side() instanceof ListeningSide listening
            ? listening.isEligible()
            : now.side().idle() > 0);
  }

  @Override
  public void drain(Duration grace) {
    serving = false;
    refill.stop();
    control.on(new Event.DrainWanted(grace));
    Granted now = granted;
    if (now != null && now.side() instanceof ListeningSide listening) {
      listening.drain(() -> {});
    }
  }

  /** A launch may be on its way until the server has said that its last one was answered. */
  @Override
  public boolean isQuiet() {
    Granted now = granted;
    return over || now == null || now.side() instanceof ListeningSide || drained;
  }

  @Override
  public void close(String why) {
    control.on(new Event.Closed(why));
  }

  @Override
  public int idle() {
    Granted now = granted;
    return now == null ? 0 : now.side().idle();
  }

  @Override
  public int wanted() {
    return refill.wanted();
  }

  private String peer() {
    return Addresses.text(Channels.remote(control.channel()));
  }

  @Override
  public TunnelStatus.Session status() {
    Granted now = granted;
    return new TunnelStatus.Session(
        "server",
        peer(),
        2,
        since,
        0,
        idle(),
        now == null ? 0 : now.side().running(),
        now == null ? 0 : now.side().total(),
        control.roundTrip());
  }
}
