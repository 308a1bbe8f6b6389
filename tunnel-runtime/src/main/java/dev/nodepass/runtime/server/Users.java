package dev.nodepass.runtime.server;

import dev.nodepass.runtime.control.Signal.Traffic;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Users on the target port, each from accept to close: {@link #accepted} → wait for a data
 * connection → {@link User#launch} → {@link Relay} → {@link User#ended}. Thread-safe; a user lives
 * on its own loop.
 */
final class Users {
  private static final Logger LOG = Logger.getLogger(Users.class);

  /** How long a user waits for a data connection or a place. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final ServerContext context;
  private final WaitingRoom<DataConnection> room;
  private final Set<Relay> relays = ConcurrentHashMap.newKeySet();
  private final Runnable onLeft;
  private volatile boolean closed;

  /**
   * @param onLeft told after each user who is done
   */
  Users(ServerContext context, WaitingRoom<DataConnection> room, Runnable onLeft) {
    this.context = context;
    this.room = room;
    this.onLeft = onLeft;
  }

  /** A user came. On the user's loop, before anything was read. */
  void accepted(Loop loop, DuplexChannel channel) {
    if (closed) {
      refuse(channel, Refusal.USER_DRAINING, "the tunnel is shutting down");
      return;
    }
    seat(new User(loop, channel, Early.NOTHING));
  }

  private void seat(User user) {
    Channels.stage(user.channel, user.early);
    switch (room.enter(user)) {
      case SERVED -> {}
      case WAITS -> user.waits();
      case FULL -> refuse(user.channel, Refusal.USER_QUEUE_FULL, "too many users wait already");
    }
  }

  private void refuse(DuplexChannel channel, Refusal reason, String why) {
    String user = Addresses.text(Channels.remote(channel));
    context.refusals().add(reason, "the user %s was refused: %s".formatted(user, why));
    Channels.reset(channel);
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
    private final long came = context.nanos().getAsLong();
    private final EarlyBytes early;
    private Loop.Timer deadline = Loop.Timer.NONE;

    User(Loop loop, DuplexChannel channel, Early said) {
      super(loop.index());
      this.loop = loop;
      this.channel = channel;
      this.early = new EarlyBytes(said, this::gone);
    }

    private void gone() {
      deadline.cancel();
      room.giveUp(this);
    }

    void waits() {
      context.metrics().misses().increment();
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
            channel,
            Refusal.USER_LIMIT,
            "%d users' connections (SEMAPHORE_LIMIT) were running for %s"
                .formatted(context.settings().semaphore(), seconds));
      } else {
        refuse(
            channel,
            Refusal.USER_NO_CONNECTION,
            "no client had an idle data connection for " + seconds);
      }
    }

    @Override
    protected void served(DataConnection connection) {
      connection.session().userStarted();
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
      if (!connection.channel().isActive()) {
        tryAnother(connection);
        return;
      }
      logLaunch(connection);
      connection.session().launch(Traffic.TCP, connection.id());
      Running running = new Running(connection);
      running.relay =
          Relay.start(
              channel,
              connection.channel(),
              early,
              connection,
              context.metrics().bytesUp(),
              context.metrics().bytesDown(),
              running);
      relays.add(running.relay);
      if (running.over) {
        relays.remove(running.relay);
      }
    }

    /** The data connection died between the claim and now. */
    private void tryAnother(DataConnection dead) {
      dead.session().userEnded();
      room.left();
      loop.run(() -> seat(new User(loop, channel, early.take())));
    }

    private void logLaunch(DataConnection connection) {
      if (LOG.isDebugEnabled()) {
        String user = Addresses.text(Channels.remote(channel));
        LOG.debugf("Target connection: %s <-> %s", Addresses.text(Channels.local(channel)), user);
        LOG.debugf(
            "Remote connection: %s <- active %d", connection.id(), connection.session().idle());
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
      private Relay relay;

      @SuppressWarnings("NullAway.Init") // The relay needs its listener first.
      Running(DataConnection connection) {
        this.connection = connection;
      }

      @Override
      public void ended(Outcome outcome, long up, long down) {
        over = true;
        if (relay != null) {
          relays.remove(relay);
        }
        context.metrics().userEnded(userOutcome(outcome));
        LOG.debugf(
            "Exchange complete: %s: %s, %d bytes up, %d down",
            outcome == Outcome.COMPLETE ? "EOF" : outcome, connection.id(), up, down);
        connection.session().userEnded();
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
      case CUT -> UserOutcome.CUT;
    };
  }
}
