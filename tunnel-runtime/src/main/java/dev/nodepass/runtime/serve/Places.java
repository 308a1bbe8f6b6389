package dev.nodepass.runtime.serve;

import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Who may be served at one time: at most SEMAPHORE_LIMIT, others wait in order, for a while. Handed
 * out on one loop; the counts may be read from every thread.
 */
final class Places {
  /** How long a launch waits for a place. */
  static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final TunnelContext context;
  private final Loop loop;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger waiting = new AtomicInteger();
  private final LongAdder total = new LongAdder();

  // Owned by the loop.
  private final Deque<Waiting> queue = new ArrayDeque<>();

  Places(TunnelContext context, Loop loop) {
    this.context = context;
    this.loop = loop;
  }

  /** Somebody who needs a place. */
  interface Guest {
    /** It has one; {@link Places#left} must follow. On the places' loop. */
    void begin();

    /** It gets none. On the places' loop. */
    void refused(Refusal reason, String why);
  }

  private record Waiting(Guest guest, long since) {}

  /** On the loop. */
  void enter(Guest guest) {
    if (queue.isEmpty() && tryEnter()) {
      guest.begin();
    } else if (queue.size() < context.settings().semaphore()) {
      queue.add(new Waiting(guest, context.now()));
      waiting.set(queue.size());
      // Who left between the try and the set saw nobody waiting, and calls nobody.
      next();
    } else {
      guest.refused(Refusal.USER_QUEUE_FULL, "too many users wait already");
    }
  }

  /** Takes a place now or not at all. From every thread. */
  boolean tryEnter() {
    int most = context.settings().semaphore();
    for (int now = running.get(); now < most; now = running.get()) {
      if (running.compareAndSet(now, now + 1)) {
        total.increment();
        return true;
      }
    }
    return false;
  }

  /** A place is free again. From every thread. */
  void left() {
    running.decrementAndGet();
    if (waiting.get() > 0) {
      loop.run(this::next);
    }
  }

  private void next() {
    while (!queue.isEmpty() && tryEnter()) {
      queue.remove().guest().begin();
    }
    waiting.set(queue.size());
  }

  /** Time has passed: who waited too long is refused. On the loop. */
  void tick() {
    long now = context.now();
    for (Waiting head = queue.peek();
        head != null && now - head.since() > LONGEST_WAIT.toNanos();
        head = queue.peek()) {
      queue.remove();
      head.guest()
          .refused(
              Refusal.USER_LIMIT,
              "%d users' connections (SEMAPHORE_LIMIT) were running for %d s"
                  .formatted(context.settings().semaphore(), LONGEST_WAIT.toSeconds()));
    }
    waiting.set(queue.size());
  }

  int running() {
    return running.get();
  }

  int waiting() {
    return waiting.get();
  }

  long total() {
    return total.sum();
  }
}
