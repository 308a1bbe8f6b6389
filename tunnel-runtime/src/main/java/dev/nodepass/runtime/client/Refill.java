package dev.nodepass.runtime.client;

import dev.nodepass.runtime.lifecycle.Backoff;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.pool.Demand;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/**
 * Keeps as many data connections idle as the demand asks for: dials at once, in parallel, ahead of
 * need, and after a failure a little later each time. Owned by the session's loop.
 */
final class Refill {
  /** Dials under way at one time. */
  private static final int MOST_DIALS = 64;

  /** A connection that the server closes sooner than this counts as a failed dial. */
  private static final Duration STABLE = Duration.ofSeconds(1);

  /**
   * So many dials in a row may end at another server behind the same address before there is a
   * pause: the balancer may not know this one any more.
   */
  private static final int MOST_STRAYS = 32;

  private final TunnelContext context;
  private final Loop loop;
  private final IntSupplier idle;
  private final Supplier<Future<Landed>> dial;
  private final Backoff backoff;

  // Owned by the session's loop.
  private int dialling;
  private int strays;
  private boolean filling;
  private Demand demand;
  private Duration took = Duration.ZERO;
  private int waiting;
  private Loop.Timer retry = Loop.Timer.NONE;
  private boolean backingOff;

  // Read from every thread.
  private volatile int wantedNow;

  /**
   * @param idle how many there are
   * @param dial opens one more; completes when it is idle or went elsewhere, on whichever loop
   */
  Refill(TunnelContext context, Loop loop, IntSupplier idle, Supplier<Future<Landed>> dial) {
    this.context = context;
    this.loop = loop;
    this.idle = idle;
    this.dial = dial;
    this.backoff = new Backoff(context.settings().cooldown(), context.random());
    this.demand = Demand.none(context.now());
  }

  /** Where a dial ended. */
  enum Landed {
    /** In the pool that asked for it. */
    HERE,
    /** At another server behind the same address. */
    ELSEWHERE
  }

  /** Begins. */
  void begin() {
    filling = true;
    fill();
  }

  /** One was taken for a user. */
  void taken() {
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
      waitBeforeFilling();
    } else {
      backoff.reset();
    }
    fill();
  }

  /** Time has passed. */
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
    while (filling && !backingOff && dialling < MOST_DIALS && idle.getAsInt() + dialling < aim) {
      dial();
    }
  }

  private void dial() {
    dialling++;
    long began = context.now();
    dial.get()
        .onComplete(
            dialled ->
                loop.run(
                    () -> {
                      dialling--;
                      if (dialled.failed()) {
                        context.metrics().dialFailures().increment();
                        waitBeforeFilling();
                      } else if (dialled.result() == Landed.HERE) {
                        opened(Duration.ofNanos(context.now() - began));
                      } else {
                        strayed();
                      }
                    }));
  }

  private void strayed() {
    strays++;
    if (strays > MOST_STRAYS) {
      waitBeforeFilling();
    } else {
      fill();
    }
  }

  private void opened(Duration time) {
    strays = 0;
    // A quarter of the new figure: one slow dial among many does not double the pool.
    took = took.isZero() ? time : took.multipliedBy(3).plus(time).dividedBy(4);
    fill();
  }

  private void waitBeforeFilling() {
    if (filling && !backingOff) {
      backingOff = true;
      retry =
          loop.after(
              backoff.next(),
              () -> {
                backingOff = false;
                fill();
              });
    }
  }
}
