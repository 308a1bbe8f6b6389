package dev.nodepass.runtime.serve;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.ProxyHeader;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelMetrics.UserOutcome;
import dev.nodepass.runtime.pool.IdleConnection;
import dev.nodepass.runtime.relay.tcp.Outcome;
import dev.nodepass.runtime.relay.tcp.Relay;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.socket.DuplexChannel;
import java.net.ConnectException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Launched streams, each from the launch to the close: {@link #launch} → a place among the running
 * → dial the service → {@link Relay}. Launches come on the loop that owns the places; a stream is
 * served on the loop of its data connection.
 */
public final class Services {
  private static final Logger LOG = Logger.getLogger(Services.class);

  private final TunnelContext context;
  private final Loop loop;
  private final Dialer dialer;
  private final Relay.Traffic traffic;
  private final Runnable onLeft;
  private final Places places;
  private final Requests requests;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final Set<ServedLane> lanes = ConcurrentHashMap.newKeySet();
  private volatile boolean draining;

  /**
   * @param loop owns the places
   * @param onLeft told after each user who is done, on any loop
   */
  public Services(
      TunnelContext context, Loop loop, Dialer dialer, Relay.Traffic traffic, Runnable onLeft) {
    this.context = context;
    this.loop = loop;
    this.dialer = dialer;
    this.traffic = traffic;
    this.onLeft = onLeft;
    this.places = new Places(context, loop);
    this.requests = new Requests(context, this::left);
  }

  /** Users now. */
  public int running() {
    return places.running();
  }

  /** Users who wait for a place. */
  public int waiting() {
    return places.waiting();
  }

  /** Users so far. */
  public long total() {
    return places.total();
  }

  /** Cuts what runs; how many that were. From every thread. */
  public int cut() {
    int cut = 0;
    for (Relay relay : relays) {
      relay.cut();
      cut++;
    }
    for (ServedLane lane : lanes) {
      cut += lane.cut();
    }
    return cut;
  }

  /** Lets UDP flows end that are silent for a shorter while from now on. From every thread. */
  public void drain() {
    draining = true;
    lanes.forEach(ServedLane::drain);
  }

  /** Time has passed. On any loop. */
  public void tick() {
    loop.run(places::tick);
  }

  /** A user is done. On any loop. */
  private void left() {
    places.left();
    onLeft.run();
  }

  // ---- streams

  /** Serves a launched stream. From every thread. */
  public void launch(Launched stream) {
    loop.run(
        () ->
            places.enter(
                new Places.Guest() {
                  @Override
                  public void begin() {
                    context.metrics().takes().increment();
                    stream.owningLoop().run(() -> dial(stream));
                  }

                  @Override
                  public void refused(Refusal reason, String why) {
                    stream.owningLoop().run(() -> refuse(stream, reason, why));
                  }
                }));
  }

  private void refuse(Launched stream, Refusal reason, String why) {
    stream.failed(Launched.Failure.LIMIT);
    context.refusals().add(reason, "the user on %s was refused: %s".formatted(stream.id(), why));
  }

  /** On the stream's loop. */
  private void dial(Launched stream) {
    stream.hold();
    HostPort target = context.settings().target();
    dialer
        .dial(stream.owningLoop(), target.hostToDial(), target.port())
        .onSuccess(service -> relay(stream, service))
        .onFailure(cause -> serviceFailed(stream, cause));
  }

  private void relay(Launched stream, DuplexChannel service) {
    if (LOG.isDebugEnabled()) {
      LOG.debugf(
          "Target connection: %s <-> %s",
          Addresses.text(Channels.local(service)), Addresses.text(Channels.remote(service)));
      LOG.debugf("Starting exchange: %s <-> %s", stream.id(), context.settings().target());
    }
    announce(stream, service);
    Running user = new Running(stream.id());
    Relay relay =
        Relay.start(stream.accepted(), Relay.End.raw(service, () -> Early.NOTHING), traffic, user);
    user.relay = relay;
    relays.add(relay);
    if (user.over) {
      relays.remove(relay);
    }
  }

  /** Tells the service who the user is, if it wants to know (PROXY protocol). */
  private void announce(Launched stream, DuplexChannel service) {
    int version = context.settings().limits().proxy().number();
    if (version != 0) {
      ProxyHeader.write(service, version, stream.from(), stream.to());
    }
  }

  private void serviceFailed(Launched stream, Throwable cause) {
    stream.failed(
        switch (cause) {
          case ConnectTimeoutException timeout -> Launched.Failure.TIMEOUT;
          case ConnectException refused -> Launched.Failure.REFUSED;
          default -> Launched.Failure.UNREACHABLE;
        });
    context.metrics().userEnded(UserOutcome.SERVICE_UNREACHABLE);
    context
        .refusals()
        .add(
            Refusal.SERVICE_UNREACHABLE,
            "Dial failed: the service %s cannot be reached: %s"
                .formatted(context.settings().target(), Failures.dial(cause)));
    left();
  }

  /** A user's relay, until it is over. */
  private final class Running implements Relay.Ended {
    private final String id;
    private volatile boolean over;
    private volatile @Nullable Relay relay;

    Running(String id) {
      this.id = id;
    }

    @Override
    public void ended(Outcome outcome, long up, long down) {
      over = true;
      Relay ended = relay;
      if (ended != null) {
        relays.remove(ended);
      }
      context
          .metrics()
          .userEnded(
              switch (outcome) {
                case COMPLETE -> UserOutcome.COMPLETE;
                case USER_RESET -> UserOutcome.USER_RESET;
                case SERVICE_RESET -> UserOutcome.SERVICE_RESET;
                case SERVICE_UNREACHABLE -> UserOutcome.SERVICE_UNREACHABLE;
                case CUT -> UserOutcome.CUT;
              });
      LOG.debugf(
          "Exchange complete: %s: %s, %d bytes up, %d down",
          outcome == Outcome.COMPLETE ? "EOF" : outcome, id, up, down);
      left();
    }
  }

  // ---- datagrams

  /**
   * Serves a data connection that was launched for one datagram (protocol 1). From every thread.
   */
  public void launchDatagram(IdleConnection connection) {
    loop.run(
        () ->
            places.enter(
                new Places.Guest() {
                  @Override
                  public void begin() {
                    context.metrics().takes().increment();
                    connection.owningLoop().run(() -> requests.read(connection));
                  }

                  @Override
                  public void refused(Refusal reason, String why) {
                    connection.channel().close();
                    context
                        .refusals()
                        .add(
                            reason,
                            "the user on %s was refused: %s".formatted(connection.id(), why));
                  }
                }));
  }

  /**
   * Serves a data connection that was launched as a lane (protocol 2). On the connection's loop.
   *
   * @param before what was read already, taken over
   */
  public void launchLane(Loop on, DuplexChannel channel, Early before) {
    ServedLane lane = new ServedLane(context, on, channel, places, this::left);
    lanes.add(lane);
    channel.closeFuture().addListener(closed -> lanes.remove(lane));
    lane.begin(before);
    if (draining) {
      lane.drain();
    }
  }
}
