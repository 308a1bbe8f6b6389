package dev.nodepass.runtime.client;

import dev.nodepass.runtime.lifecycle.Backoff;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.pool.Demand;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.IntSupplier;

/**
 * Keeps as many data connections idle as the demand asks for: dials at once, in parallel, ahead of
 * need, and after dials in vain a little later each time. Owned by the session's loop.
 *
 * <p>Behind a balancer only some of the dials reach this session's server: others reach another
 * server, or the address of one that is gone, where they are refused or hang. None of these says
 * that the next will not arrive, so only many in a row make a pause, and a dial that hangs is not
 * counted on. One that has connected does not hang, unless later ones arrive: its server is busy,
 * and more of them would make it slower ({@link DialWindow}).
 */
final class Refill {
  /** Dials under way at one time, with those that hang. */
  private static final int MOST_DIALS = DialWindow.MOST;

  /** A connection that the server closes sooner than this counts as a dial in vain. */
  private static final Duration STABLE = Duration.ofSeconds(1);

  /** So many dials in a row may be in vain before there is a pause. */
  private static final int MOST_IN_VAIN = 32;

  /**
   * A dial hangs when it does not connect within this time, and within so many times what dials
   * took of late.
   */
  private static final Duration HANGS = Duration.ofSeconds(1);

  private static final int HANGS_TIMES = 4;

  private final TunnelContext context;
  private final Loop loop;
  private final IntSupplier idle;
  private final Opener opener;
  private final Backoff backoff;

  // Owned by the session's loop.
  private final Set<Dial> dials = new HashSet<>();
  private final DialWindow window = new DialWindow();
  private int inVain;
  private boolean filling;
  private Demand demand;
  private Duration took = Duration.ZERO;
  private int waiting;
  private Loop.Timer retry = Loop.Timer.NONE;
  private boolean pausing;

  // Read from every thread.
  private volatile int wantedNow;

  /**
   * @param idle how many there are
   */
  Refill(TunnelContext context, Loop loop, IntSupplier idle, Opener opener) {
    this.context = context;
    this.loop = loop;
    this.idle = idle;
    this.opener = opener;
    this.backoff = new Backoff(context.settings().cooldown(), context.random());
    this.demand = Demand.none(context.now());
  }

  /** Opens data connections. */
  @FunctionalInterface
  interface Opener {
    /**
     * Opens one more.
     *
     * @param connected told on whichever loop when TCP stands, and TLS is next
     * @return completes when it is idle or went elsewhere, on whichever loop
     */
    Future<Landed> open(Runnable connected);
  }

  /** Where a dial ended. */
  enum Landed {
    /** In the pool that asked for it. */
    HERE,
    /** At another server behind the same address. */
    ELSEWHERE
  }

  /** One under way; each is another. */
  private static final class Dial {
    private final DialWindow.Begun begun;
    private boolean connected;

    Dial(DialWindow.Begun begun) {
      this.begun = begun;
    }
  }

  /** Begins. */
  void begin() {
    filling = true;
    fill();
  }

  /** One was taken for a user. */
  void taken() {
    backoff.reset();
    demand = demand.taken(context.now());
    fill();
  }

  /** So many users wait for one right now. */
  void waiting(int users) {
    waiting = users;
    fill();
    waiting = 0;
  }

  /** An idle one was lost that had lived so long, in nanoseconds. */
  void lost(long lived) {
    if (lived < STABLE.toNanos()) {
      pause();
    } else {
      backoff.reset();
    }
    fill();
  }

  /** Time has passed. Called at least twice a second. */
  void tick() {
    fill();
  }

  /** Dials no more. */
  void stop() {
    filling = false;
    retry.cancel();
  }

  int wanted() {
    return wantedNow;
  }

  private void fill() {
    int most = context.settings().maxPool();
    int wanted = demand.wanted(context.now(), took, context.settings().minPool(), most);
    wantedNow = wanted;
    int aim = Math.min(most, Math.max(wanted, waiting));
    while (filling && !pausing && dials.size() < MOST_DIALS && isShort(aim)) {
      dial();
    }
  }

  private boolean isShort(int aim) {
    int expected = expected();
    return expected < window.size() && idle.getAsInt() + expected < aim;
  }

  /** How many of the dials under way may still arrive soon. */
  private int expected() {
    long patience = Math.max(HANGS.toNanos(), HANGS_TIMES * took.toNanos());
    long now = context.now();
    int expected = 0;
    for (Dial one : dials) {
      boolean waitsForServer = one.connected && !window.isOvertaken(one.begun);
      if (waitsForServer || now - one.begun.at() <= patience) {
        expected++;
      }
    }
    return expected;
  }

  private void dial() {
    Dial one = new Dial(window.begin(context.now()));
    dials.add(one);
    opener
        .open(() -> loop.run(() -> one.connected = true))
        .onComplete(landed -> loop.run(() -> ended(one, landed)));
  }

  private void ended(Dial one, AsyncResult<Landed> landed) {
    if (one.connected) {
      window.ended(one.begun, context.now(), landed.succeeded());
    }
    dials.remove(one);
    if (landed.succeeded() && landed.result() == Landed.HERE) {
      arrived(Duration.ofNanos(context.now() - one.begun.at()));
      return;
    }
    if (landed.failed()) {
      context.metrics().dialFailures().increment();
    }
    inVain++;
    if (inVain > MOST_IN_VAIN) {
      pause();
    } else {
      fill();
    }
  }

  private void arrived(Duration time) {
    inVain = 0;
    // A quarter of the new figure: one slow dial among many does not double the pool.
    took = took.isZero() ? time : took.multipliedBy(3).plus(time).dividedBy(4);
    fill();
  }

  private void pause() {
    if (filling && !pausing) {
      pausing = true;
      retry =
          loop.after(
              backoff.next(),
              () -> {
                pausing = false;
                fill();
              });
    }
  }
}
