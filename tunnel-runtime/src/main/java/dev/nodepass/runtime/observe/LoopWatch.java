package dev.nodepass.runtime.observe;

import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.Loops;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/** Whether every event loop still turns: each says so twice a second. Thread-safe. */
public final class LoopWatch {
  private static final Duration PULSE = Duration.ofMillis(500);

  /** A loop silent for this long is stuck; the longest pause of a healthy one is far below. */
  private static final Duration STUCK = Duration.ofSeconds(5);

  private final AtomicLongArray seen;
  private final LongSupplier nanos;

  public LoopWatch(Loops loops, LongSupplier nanos) {
    this.nanos = nanos;
    this.seen = new AtomicLongArray(loops.size());
    for (Loop loop : loops.all()) {
      seen.set(loop.index(), nanos.getAsLong());
      loop.every(PULSE, () -> seen.set(loop.index(), nanos.getAsLong()));
    }
  }

  /** How many loops there are. */
  public int size() {
    return seen.length();
  }

  /** How many of them are stuck. */
  public int stuck() {
    long now = nanos.getAsLong();
    int stuck = 0;
    for (int i = 0; i < seen.length(); i++) {
      if (now - seen.get(i) > STUCK.toNanos()) {
        stuck++;
      }
    }
    return stuck;
  }
}
