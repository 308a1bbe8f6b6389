package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.Protocol2Settings.DataSecurity;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.SessionMode;
import dev.nodepass.runtime.identity.KeyRing;
import dev.nodepass.runtime.identity.NamedKey;
import dev.nodepass.runtime.identity.Nonces;
import dev.nodepass.runtime.identity.Proofs;
import dev.nodepass.runtime.identity.SharedKey;
import dev.nodepass.runtime.identity.WatchedKeys;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.session.DataSide;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * The clients of a server that speak protocol 2: who may come in, and who is there. Thread-safe.
 */
final class Protocol2Sessions {
  private static final Logger LOG = Logger.getLogger(Protocol2Sessions.class);

  /** Sessions at one time. */
  static final int MOST_SESSIONS = 4096;

  private final TunnelContext context;
  private final WatchedKeys keys;
  private final SessionMode mode;
  private final Sides sides;
  private final String instance;
  private final Map<String, Protocol2Session> byId = new ConcurrentHashMap<>();
  private final NamedKey decoy;
  private volatile int peers = 1;

  /** The newest certificate; empty while the first is shown. */
  private volatile String announced = "";

  private volatile boolean draining;

  /** What the server does with its sessions. Called on various loops. */
  interface Sides {
    /** Makes the side that a session has in this server's mode. */
    DataSide side(Protocol2Session session, String name);

    /** The session stands. */
    void begun(Protocol2Session session, DataSide side);

    /** It is over. */
    void ended(Protocol2Session session, Optional<DataSide> side);
  }

  Protocol2Sessions(TunnelContext context, WatchedKeys keys, SessionMode mode, Sides sides) {
    this.context = context;
    this.keys = keys;
    this.mode = mode;
    this.sides = sides;
    this.instance = Nonces.instance(context.random());
    this.decoy =
        new NamedKey("", SharedKey.of(SharedKey.fresh(context.random())), Optional.empty());
  }

  /** What the server says first on a control connection. */
  Message.Server greeting() {
    return new Message.Server(instance, 2, Optional.of(Nonces.nonce(context.random())));
  }

  /** What it says first on a data connection. */
  Message.Server name() {
    return new Message.Server(instance, 2, Optional.empty());
  }

  Optional<Protocol2Session> byId(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  Collection<Protocol2Session> all() {
    return byId.values();
  }

  // ---- who may come in

  /** Decides on a client. On the session's loop. */
  Event judge(Protocol2Session session, Message.Client client) {
    if (draining) {
      return refused(session, Refusal.SERVER_DRAINING, "draining", "this server is shutting down");
    }
    KeyRing ring = keys.current();
    Optional<NamedKey> key = Optional.empty();
    if (!ring.isEmpty()) {
      key = provenKey(session, client, ring);
      if (key.isEmpty()) {
        return unauthorized(session, client);
      }
    }
    if (client.mode().isPresent() && client.mode().get() != mode) {
      return refused(
          session,
          Refusal.SESSION_REFUSED,
          "mode",
          "this server runs in mode %s, the client asks for %s; give both the same mode"
              .formatted(mode.word(), client.mode().get().word()));
    }
    if (byId.size() >= MOST_SESSIONS) {
      return refused(
          session, Refusal.SESSION_REFUSED, "limit", MOST_SESSIONS + " clients are connected");
    }
    return admitted(session, client, key);
  }

  private Optional<NamedKey> provenKey(
      Protocol2Session session, Message.Client client, KeyRing ring) {
    if (client.proof().isEmpty()) {
      return Optional.empty();
    }
    String name = client.name().orElse(NamedKey.DEFAULT_NAME);
    Proofs.Handshake handshake = handshake(session, client, name);
    Optional<NamedKey> found = Optional.empty();
    List<NamedKey> known = ring.valid(name, context.clock().instant());
    // An unknown name takes as long as a wrong key: nobody can find out names by the clock.
    for (NamedKey key : known.isEmpty() ? List.of(decoy) : known) {
      String expected = Proofs.proof(key.key(), Proofs.Side.CLIENT, handshake);
      if (Proofs.matches(expected, client.proof().get())) {
        found = Optional.of(key);
      }
    }
    return found;
  }

  private static Proofs.Handshake handshake(
      Protocol2Session session, Message.Client client, String name) {
    return new Proofs.Handshake(
        session.greeting().instance(),
        client.instance(),
        session.greeting().nonce().orElse(""),
        client.nonce(),
        name,
        session.certificate());
  }

  private Event unauthorized(Protocol2Session session, Message.Client client) {
    return refused(
        session,
        Refusal.UNAUTHORIZED,
        "unauthorized",
        client.proof().isEmpty()
            ? "this server asks for a key; give the client the server's key, client://KEY@…"
            : "the key does not match: either it is not this server's key for the name '"
                + client.name().orElse(NamedKey.DEFAULT_NAME)
                + "', or it has ended, or somebody stands between client and server");
  }

  private Event refused(Protocol2Session session, Refusal why, String reason, String text) {
    context.refusals().add(why, "%s was refused: %s".formatted(session, text));
    return new Event.Rejected(new Message.Refused(reason, text));
  }

  private Event admitted(Protocol2Session session, Message.Client client, Optional<NamedKey> key) {
    Settings settings = context.settings();
    boolean plain = client.plain() && settings.protocol2().data() == DataSecurity.PLAIN;
    Message.Session granted =
        new Message.Session(
            Nonces.session(context.random()),
            Nonces.secret(context.random()),
            settings.interval(),
            mode,
            plain,
            peers,
            key.map(
                k ->
                    Proofs.proof(
                        k.key(), Proofs.Side.SERVER, handshake(session, client, k.name()))));
    String name = client.name().orElse(key.map(NamedKey::name).orElse(""));
    Protocol2Session.Taken taken =
        new Protocol2Session.Taken(client, granted, key, sides.side(session, name));
    replaceOld(taken);
    session.taken(taken);
    byId.put(granted.id(), session);
    return new Event.Admitted(granted, context.now());
  }

  /** A client that comes back has lost its old session, whatever this side thinks of it. */
  private void replaceOld(Protocol2Session.Taken taken) {
    for (Protocol2Session old : List.copyOf(byId.values())) {
      if (old.taken()
          .filter(t -> t.client().instance().equals(taken.client().instance()))
          .filter(t -> t.name().equals(taken.name()))
          .isPresent()) {
        old.close("the same client has come back");
      }
    }
  }

  // ---- who is there

  void begun(Protocol2Session session) {
    LOG.infof("client connected: %s, protocol 2, mode %s", session, mode.word());
    session.side().ifPresent(side -> sides.begun(session, side));
    tellWhatWasMissed(session);
  }

  /**
   * What all were told after this one was greeted or granted its session, and before it was among
   * them.
   */
  private void tellWhatWasMissed(Protocol2Session session) {
    String newest = announced;
    if (!newest.isEmpty() && !newest.equals(session.certificate())) {
      session.say(new Message.Certificate(newest));
    }
    int count = peers;
    if (session.taken().filter(t -> t.granted().peers() == count).isEmpty()) {
      session.say(new Message.Peers(count));
    }
    if (draining) {
      session.drain(context.settings().shutdown());
    }
  }

  void ended(Protocol2Session session) {
    session.taken().ifPresent(t -> byId.remove(t.granted().id(), session));
    sides.ended(session, session.side());
  }

  /** There are so many servers from now on. */
  void peers(int count) {
    if (count != peers) {
      peers = count;
      LOG.infof("servers behind this address: %d", count);
      byId.values().forEach(s -> s.say(new Message.Peers(count)));
    }
  }

  /** A certificate that will be shown soon. */
  void announce(String fingerprint) {
    announced = fingerprint;
    byId.values().forEach(s -> s.say(new Message.Certificate(fingerprint)));
  }

  /** Reads the keys again; whose key is gone is drained. Blocks: on one worker at a time. */
  void refreshKeys() {
    keys.refresh();
    KeyRing ring = keys.current();
    Duration grace = context.settings().shutdown();
    for (Protocol2Session session : byId.values()) {
      Optional<NamedKey> key = session.taken().flatMap(Protocol2Session.Taken::key);
      if (key.isPresent()
          && !session.isLeaving()
          && !ring.holds(key.get(), context.clock().instant())) {
        LOG.infof("client leaves: %s: its key has been removed or has ended", session);
        session.drain(grace);
        session.loop().after(grace.plusMillis(1), () -> session.close("its key has ended"));
      } else if (session.isLeaving()
          && !draining
          && session.side().filter(s -> s.running() > 0).isEmpty()) {
        session.close("its key has ended, and so has its last user");
      }
    }
  }

  /** Takes no clients any more, and tells those that are there. */
  void drain() {
    draining = true;
    byId.values().forEach(s -> s.drain(context.settings().shutdown()));
  }

  /** Ends all of them. */
  void close() {
    List.copyOf(byId.values()).forEach(s -> s.close("the server is shutting down"));
  }
}
