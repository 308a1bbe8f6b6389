package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.EarlyBytes;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelMetrics.UserOutcome;
import dev.nodepass.runtime.pool.WaitingRoom;
import dev.nodepass.runtime.relay.tcp.Outcome;
import dev.nodepass.runtime.relay.tcp.Relay;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Users on the target port, each from accept to close: {@link #accepted} → wait for a data
 * connection → {@link User#launch} → {@link Relay} → {@link User#ended}. Thread-safe; a user lives
 * on its own loop.
 */
final class Users {
  private static final Logger LOG = Logger.getLogger(Users.class);

  /** How long a user waits for a data connection or a place. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final TunnelContext context;
  private final WaitingRoom<DataConnection> room;
  private final Gate gate;
  private final Relay.Traffic traffic;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final Runnable onWait;
  private final Runnable onLeft;
  private volatile boolean closed;

  /**
   * @param onWait told when a user has to wait
   * @param onLeft told after each user who is done
   */
  Users(
      TunnelContext context,
      WaitingRoom<DataConnection> room,
      Gate gate,
      Relay.Traffic traffic,
      Runnable onWait,
      Runnable onLeft) {
    this.context = context;
    this.room = room;
    this.gate = gate;
    this.traffic = traffic;
    this.onWait = onWait;
    this.onLeft = onLeft;
  }

  /** A user came. On the user's loop, before anything was read. */
  void accepted(Loop loop, DuplexChannel channel) {
    if (context.settings().limits().acceptProxy()) {
      ProxiedConnection.read(
          loop,
          channel,
          context.refusals(),
          (addresses, rest) -> enter(loop, channel, addresses, rest));
    } else {
      Addressed addresses = new Addressed(Channels.remote(channel), Channels.local(channel));
      enter(loop, channel, addresses, Early.NOTHING);
    }
  }

  private void enter(Loop loop, DuplexChannel channel, Addressed addresses, Early said) {
    User user = new User(loop, channel, addresses, said);
    if (closed) {
      said.release();
      refuse(user, Refusal.USER_DRAINING, "the tunnel is shutting down");
      return;
    }
    Optional<Refusal> barred = gate.enter(addresses.from().getAddress());
    if (barred.isPresent()) {
      said.release();
      refuse(user, barred.get(), gate.why(barred.get()));
      return;
    }
    channel.closeFuture().addListener(gone -> gate.left(addresses.from().getAddress()));
    seat(user);
  }

  private void seat(User user) {
    Channels.stage(user.channel, user.early);
    switch (room.enter(user)) {
      case SERVED -> {}
      case WAITS -> user.waits();
      case FULL -> refuse(user, Refusal.USER_QUEUE_FULL, "too many users wait already");
    }
  }

  private void refuse(User user, Refusal reason, String why) {
    String from = Addresses.text(user.addresses.from());
    context.refusals().add(reason, "the user %s was refused: %s".formatted(from, why));
    Channels.reset(user.channel);
  }

  /** Takes nobody any more. */
  void close() {
    closed = true;
  }

  /** Cuts what runs; how many that were. */
  int cut() {
    int cut = 0;
    for (Relay relay : relays) {
      relay.cut();
      cut++;
    }
    return cut;
  }

  /** One user's connection. Fields are owned by its loop. */
  private final class User extends WaitingRoom.Waiter<DataConnection> {
    private final Loop loop;
    private final DuplexChannel channel;
    private final Addressed addresses;
    private final long came = context.nanos().getAsLong();
    private final EarlyBytes early;
    private Loop.Timer deadline = Loop.Timer.NONE;

    User(Loop loop, DuplexChannel channel, Addressed addresses, Early said) {
      super(loop.index());
      this.loop = loop;
      this.channel = channel;
      this.addresses = addresses;
      this.early = new EarlyBytes(said, this::gone);
    }

    private void gone() {
      deadline.cancel();
      room.giveUp(this);
    }

    void waits() {
      context.metrics().misses().increment();
      onWait.run();
      deadline =
          loop.after(
              LONGEST_WAIT,
              () -> {
                if (room.giveUp(this)) {
                  refuseForWaiting();
                }
              });
    }

    private void refuseForWaiting() {
      String seconds = LONGEST_WAIT.toSeconds() + " s";
      if (room.isFull()) {
        refuse(
            this,
            Refusal.USER_LIMIT,
            "%d users' connections (SEMAPHORE_LIMIT) were running for %s"
                .formatted(context.settings().semaphore(), seconds));
      } else {
        refuse(
            this,
            Refusal.USER_NO_CONNECTION,
            "no client had an idle data connection for " + seconds);
      }
    }

    @Override
    protected void served(DataConnection connection) {
      connection.upstream().userStarted();
      loop.run(
          () -> {
            deadline.cancel();
            context.metrics().takes().increment();
            context.metrics().waits().record(Duration.ofNanos(context.nanos().getAsLong() - came));
            connection.owningLoop().run(() -> launch(connection));
          });
    }

    /** On the data connection's loop. */
    private void launch(DataConnection connection) {
      connection.hold();
      if (!connection.isSilent()) {
        tryAnother(connection);
        return;
      }
      logLaunch(connection);
      Running running = new Running(connection);
      Relay relay =
          Relay.start(
              Relay.End.raw(channel, early),
              connection.launch(addresses.from(), addresses.to()),
              traffic,
              running);
      running.relay = relay;
      relays.add(relay);
      if (running.over) {
        relays.remove(relay);
      }
      connection.launched(relay);
    }

    /** The data connection died between the claim and now. */
    private void tryAnother(DataConnection dead) {
      dead.upstream().userEnded();
      dead.channel().close();
      room.left();
      loop.run(() -> seat(new User(loop, channel, addresses, early.take())));
    }

    private void logLaunch(DataConnection connection) {
      if (LOG.isDebugEnabled()) {
        String user = Addresses.text(addresses.from());
        LOG.debugf("Target connection: %s <-> %s", Addresses.text(Channels.local(channel)), user);
        LOG.debugf(
            "Remote connection: %s <- active %d", connection.id(), connection.upstream().idle());
        LOG.debugf("Launch signal -> : %s -> %s", connection.id(), user);
        LOG.debugf(
            "Starting exchange: %s <-> %s",
            user, Addresses.text(Channels.remote(connection.channel())));
      }
    }

    /** The relay of a user, until it is over. */
    private final class Running implements Relay.Ended {
      private final DataConnection connection;
      private volatile boolean over;
      private volatile @Nullable Relay relay;

      Running(DataConnection connection) {
        this.connection = connection;
      }

      @Override
      public void ended(Outcome outcome, long up, long down) {
        over = true;
        Relay ended = relay;
        if (ended != null) {
          relays.remove(ended);
        }
        if (outcome == Outcome.SERVICE_UNREACHABLE) {
          connection.upstream().serviceFailed();
        }
        context.metrics().userEnded(userOutcome(outcome));
        LOG.debugf(
            "Exchange complete: %s: %s, %d bytes up, %d down",
            outcome == Outcome.COMPLETE ? "EOF" : outcome, connection.id(), up, down);
        connection.upstream().userEnded();
        room.left();
        onLeft.run();
      }
    }
  }

  private static UserOutcome userOutcome(Outcome outcome) {
    return switch (outcome) {
      case COMPLETE -> UserOutcome.COMPLETE;
      case USER_RESET -> UserOutcome.USER_RESET;
      case SERVICE_RESET -> UserOutcome.SERVICE_RESET;
      case SERVICE_UNREACHABLE -> UserOutcome.SERVICE_UNREACHABLE;
      case CUT -> UserOutcome.CUT;
    };
  }
}
