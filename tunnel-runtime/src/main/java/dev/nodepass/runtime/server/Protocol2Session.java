package dev.nodepass.runtime.server;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.ServerProtocol2;
import dev.nodepass.runtime.identity.NamedKey;
import dev.nodepass.runtime.identity.Proofs;
import dev.nodepass.runtime.identity.TicketWindow;
import dev.nodepass.runtime.identity.Tickets;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.session.ControlChannel;
import dev.nodepass.runtime.session.DataSide;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One client that speaks protocol 2: the shell around {@link ServerProtocol2}, the session's data
 * connections, and its end. Owned by the loop of the control connection; what says so may be called
 * from every thread.
 */
final class Protocol2Session implements ControlChannel.Session {
  private static final Logger LOG = Logger.getLogger(Protocol2Session.class);

  private final TunnelContext context;
  private final Protocol2Sessions sessions;
  private final Loop loop;
  private final ControlChannel control;
  private final InetSocketAddress peer;
  private final Message.Server greeting;
  private final String certificate;
  private final Runnable proven;
  private final Instant since;
  private final TicketWindow window = new TicketWindow();

  // Set once, by the verdict.
  private volatile @Nullable Taken taken;
  private volatile boolean ended;
  private volatile boolean leaving;

  /** What is known of a client that was taken. */
  record Taken(
      Message.Client client, Message.Session granted, Optional<NamedKey> key, DataSide side) {
    String name() {
      return client.name().orElse(key.map(NamedKey::name).orElse(""));
    }
  }

  Protocol2Session(
      TunnelContext context,
      Protocol2Sessions sessions,
      Loop loop,
      DuplexChannel channel,
      InetSocketAddress peer,
      Message.Server greeting,
      String certificate,
      Runnable proven) {
    this.context = context;
    this.sessions = sessions;
    this.loop = loop;
    this.peer = peer;
    this.greeting = greeting;
    this.certificate = certificate;
    this.proven = proven;
    this.since = context.clock().instant();
    this.control = new ControlChannel(context, loop, channel, new ServerProtocol2(greeting), this);
  }

  /** Begins after the TLS handshake. */
  void begin() {
    control.begin();
  }

  @Override
  public void perform(Action action) {
    switch (action) {
      case Action.Judge(var client) -> control.on(sessions.judge(this, client));
      case Action.Begin begin -> {
        proven.run();
        context.metrics().sessions().increment();
        sessions.begun(this);
      }
      case Action.Heard(Message.Drain drain) -> {
        LOG.infof("client drains: %s", this);
        side().ifPresent(s -> s.drain(() -> control.tell(new Event.LaunchesOver())));
      }
      case Action.Heard heard -> {}
      case Action.Refused(var refused) ->
          context
              .refusals()
              .add(Refusal.SESSION_REFUSED, "%s was refused: %s".formatted(this, refused.text()));
      case Action.End(String why, boolean garbage) -> end(why, garbage);
      default -> throw new IllegalStateException("not an action of a server: " + action);
    }
  }

  private void end(String why, boolean garbage) {
    ended = true;
    if (garbage) {
      context.refusals().add(Refusal.CONTROL_GARBAGE, "%s was closed: %s".formatted(this, why));
    } else if (taken != null) {
      LOG.infof("client disconnected: %s: %s", this, why);
    }
    side().ifPresent(DataSide::close);
    sessions.ended(this);
  }

  /** The client is taken; called by the verdict, before the client hears of it. */
  void taken(Taken what) {
    taken = what;
  }

  Optional<Taken> taken() {
    return Optional.ofNullable(taken);
  }

  Optional<DataSide> side() {
    return taken().map(Taken::side);
  }

  Message.Server greeting() {
    return greeting;
  }

  /** The client's name; empty when it has none. */
  String name() {
    return taken().map(Taken::name).orElse("");
  }

  /** True when its data connections come without TLS. */
  boolean isPlain() {
    return taken().filter(t -> t.granted().plain()).isPresent();
  }

  /** SHA-256 of the certificate that the control connection showed. */
  String certificate() {
    return certificate;
  }

  InetSocketAddress peer() {
    return peer;
  }

  Loop loop() {
    return loop;
  }

  boolean isOver() {
    return ended;
  }

  boolean isLeaving() {
    return leaving;
  }

  /** Says something to the client. From every thread. */
  void say(Message message) {
    control.tell(new Event.Say(message));
  }

  /** Whether a data connection has a ticket that fits and was not used. From every thread. */
  Future<Boolean> admits(Message.Data data) {
    Taken now = taken;
    if (now == null
        || ended
        || !Proofs.matches(
            Tickets.ticket(now.granted().secret(), now.granted().id(), data.number()),
            data.ticket())) {
      return Future.succeededFuture(false);
    }
    Promise<Boolean> answer = Promise.promise();
    loop.run(() -> answer.complete(window.take(data.number())));
    return answer.future();
  }

  /** Tells the client to start nothing new here. From every thread. */
  void drain(Duration grace) {
    leaving = true;
    control.tell(new Event.DrainWanted(grace));
    side().ifPresent(s -> s.drain(() -> {}));
  }

  /** Ends it. From every thread. */
  void close(String why) {
    control.tell(new Event.Closed(why));
  }

  TunnelStatus.Session status() {
    Optional<DataSide> side = side();
    return new TunnelStatus.Session(
        taken().map(Taken::name).filter(n -> !n.isEmpty()).orElse("client"),
        Addresses.text(peer),
        2,
        since,
        0,
        side.map(DataSide::idle).orElse(0),
        side.map(DataSide::running).orElse(0),
        side.map(DataSide::total).orElse(0L),
        control.roundTrip());
  }

  @Override
  public String toString() {
    String name = name();
    return (name.isEmpty() ? "client" : name) + " (" + Addresses.text(peer) + ")";
  }
}
