package dev.nodepass.runtime.client;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Mode;
import dev.nodepass.runtime.lifecycle.Backoff;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.serve.Services;
import dev.nodepass.runtime.tls.Alpn;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * One address at which there are servers: keeps a session with each of them, as many as they say
 * they are. Owned by the client's loop.
 */
final class ServerLink {
  private static final Logger LOG = Logger.getLogger(ServerLink.class);

  /** Another instance may answer at once; so often it is tried without delay. */
  private static final int DRAINING_RETRIES = 5;

  /** How long an instance that was not met is looked for at full speed before it is rarely. */
  private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);

  private final TunnelContext context;
  private final Loop loop;
  private final HostPort address;
  private final Dialer controlDialer;
  private final Dialer dataDialer;
  private final Executor handshakes;
  private final Services services;
  private final Protocol2Session.Home home;
  private final Owner owner;
  private final Backoff backoff;
  private final List<Session> sessions = new ArrayList<>();
  private @Nullable ClientTls tls;

  /** What each server said last of their number. One that goes may have counted itself out. */
  private final Map<Session, Integer> said = new WeakHashMap<>();

  private int drainingRetries;
  private boolean dialling;
  private boolean stopped;
  private Loop.Timer retry = Loop.Timer.NONE;
  private String lastFailure = "";

  /** The client. On its loop. */
  interface Owner {
    /** An attempt is over: why there is no session, or nothing. */
    void tried(String failure);

    /** There is a session, with whichever server. */
    boolean hasSession();

    /** There is a session more. */
    void begun(ServerLink link, Session session);

    /** One is over. */
    void ended(ServerLink link, Session session, String why);
  }

  ServerLink(
      TunnelContext context,
      Loop loop,
      HostPort address,
      Dialer controlDialer,
      Dialer dataDialer,
      Executor handshakes,
      Services services,
      Protocol2Session.Home home,
      Owner owner) {
    this.context = context;
    this.loop = loop;
    this.address = address;
    this.controlDialer = controlDialer;
    this.dataDialer = dataDialer;
    this.handshakes = handshakes;
    this.services = services;
    this.home = home;
    this.owner = owner;
    this.backoff = new Backoff(LONGEST_LOOK, context.random());
  }

  /** The first try of a life; from then on it is kept up. */
  Future<Void> start() {
    stopped = false;
    return attempt();
  }

  /** Dials no more. */
  void stop() {
    stopped = true;
    retry.cancel();
  }

  private int serving() {
    return (int) sessions.stream().filter(Session::isServing).count();
  }

  /** As those that serve say; each learns of a change in its own time. */
  private int peers() {
    return said.entrySet().stream()
        .filter(e -> e.getKey().isServing())
        .mapToInt(Map.Entry::getValue)
        .reduce(1, Math::max);
  }

  /** Dials when there are fewer sessions than servers. */
  void keep() {
    if (!stopped && !dialling && serving() < peers()) {
      attempt();
    }
  }

  /** A session of this address says how many servers there are. */
  void peers(Session session, int count) {
    if (sessions.contains(session) || dialling) {
      said.put(session, count);
      keep();
    }
  }

  private Future<Void> attempt() {
    dialling = true;
    retry.cancel();
    return credentials()
        .compose(this::dial)
        .compose(this::handshake)
        .onComplete(
            outcome ->
                loop.run(
                    () -> {
                      dialling = false;
                      owner.tried(outcome.succeeded() ? "" : text(outcome.cause()));
                      if (outcome.succeeded()) {
                        begun(outcome.result());
                      } else {
                        again(outcome.cause());
                      }
                    }))
        .recover(cause -> Future.failedFuture(failure(cause)))
        .mapEmpty();
  }

  private Future<ClientTls> credentials() {
    ClientTls known = tls;
    if (known != null && !ClientTls.readsFiles(context.settings())) {
      return Future.succeededFuture(known);
    }
    return context
        .loops()
        .blocking(() -> ClientTls.load(context, handshakes))
        .onSuccess(loaded -> tls = loaded);
  }

  private record Dialled(ClientTls tls, DuplexChannel channel) {}

  private Future<Dialled> dial(ClientTls with) {
    return controlDialer
        .dialAny(loop, address.hostToDial(), address.port(), context.random())
        .map(channel -> new Dialled(with, channel))
        .recover(
            cause ->
                Future.failedFuture(
                    TunnelFailure.forNow(
                        "cannot reach the server %s: %s"
                            .formatted(address, Failures.dial(cause)))));
  }

  private Future<Session> handshake(Dialled dialled) {
    Promise<Session> session = Promise.promise();
    DuplexChannel channel = dialled.channel();
    SslHandler ssl = dialled.tls().control(channel, address.hostToDial(), address.port());
    Handshake.begin(
        channel,
        ssl,
        () -> shaken(dialled, ssl).onComplete(session),
        failure -> {
          if (failure.untrusted()) {
            refuse(Refusal.SERVER_UNPROVEN, failure.words());
          }
          session.tryFail(
              new Protocol2Session.Refused(Protocol2Session.Refused.Reason.OTHER, failure.words()));
        });
    return session.future();
  }

  private Future<Session> shaken(Dialled dialled, SslHandler ssl) {
    DuplexChannel channel = dialled.channel();
    ClientTls with = dialled.tls();
    Certificate shown = ClientTls.shown(ssl);
    boolean protocol2 = Alpn.CONTROL.id().equals(ssl.applicationProtocol());
    Optional<String> mismatch = with.pinMismatch(shown);
    mismatch.ifPresent(why -> refuse(Refusal.SERVER_UNPROVEN, why));
    Optional<String> wrong =
        mismatch.or(() -> protocol2 ? Optional.empty() : protocol1Rejection(with));
    if (wrong.isPresent()) {
      channel.close();
      return Future.failedFuture(
          new Protocol2Session.Refused(Protocol2Session.Refused.Reason.OTHER, wrong.get()));
    }
    if (!protocol2) {
      return Protocol1Session.open(context, services, dataDialer, loop, channel);
    }
    DataDials dials =
        new DataDials(
            context,
            dataDialer,
            with,
            Channels.remote(channel).getAddress().getHostAddress(),
            address.port(),
            home::sessionWith);
    return Protocol2Session.open(context, loop, home, with, dials, channel, shown);
  }

  private void refuse(Refusal reason, String why) {
    context.refusals().addUnsaid(reason, "the server %s was refused: %s".formatted(address, why));
  }

  private Optional<String> protocol1Rejection(ClientTls with) {
    Optional<String> insecure = with.protocol1Rejection();
    insecure.ifPresent(why -> refuse(Refusal.LEGACY, why));
    return insecure.or(
        () ->
            context.settings().mode() == Mode.FORWARD
                ? Optional.of(
                    "it speaks protocol 1 only (NodePass 1.0.x), which has no mode forward")
                : Optional.empty());
  }

  private void begun(Session session) {
    backoff.reset();
    drainingRetries = 0;
    lastFailure = "";
    sessions.add(session);
    owner.begun(this, session);
    session
        .ended()
        .onSuccess(
            why ->
                loop.run(
                    () -> {
                      sessions.remove(session);
                      owner.ended(this, session, why);
                    }));
    keep();
  }

  /** Tries once more, unless that is the whole client's business: it has no session at all. */
  private void again(Throwable cause) {
    if (stopped || serving() >= peers()) {
      return;
    }
    if (cause instanceof Protocol2Session.Refused refused
        && refused.reason() == Protocol2Session.Refused.Reason.DRAINING
        && drainingRetries++ < DRAINING_RETRIES) {
      attempt();
      return;
    }
    boolean known =
        cause instanceof Protocol2Session.Refused refused
            && refused.reason() == Protocol2Session.Refused.Reason.KNOWN;
    Throwable failure = failure(cause);
    String why = String.valueOf(failure.getMessage());
    // Without any session the whole client has failed, and says so itself.
    if (!known && owner.hasSession() && !why.equals(lastFailure)) {
      lastFailure = why;
      LOG.warnf("%s (trying again)", why);
    }
    retry = loop.after(TunnelFailure.delay(failure, backoff.next()), this::keep);
  }

  private String text(Throwable cause) {
    return String.valueOf(failure(cause).getMessage());
  }

  private Throwable failure(Throwable cause) {
    if (!(cause instanceof Protocol2Session.Refused refused)) {
      return cause;
    }
    String why = "no session with the server %s: %s".formatted(address, cause.getMessage());
    return refused.reason() == Protocol2Session.Refused.Reason.UNWANTED
        ? TunnelFailure.notAtOnce(why)
        : TunnelFailure.forNow(why);
  }
}
