package dev.nodepass.runtime.observe;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;

/**
 * Counts what was turned away, keeps the last few for the status page, and warns of each kind at
 * most once a second: a flood of bad input must not become a flood of log. Thread-safe.
 */
public final class Refusals {
  private static final Logger LOG = Logger.getLogger(Refusals.class);
  private static final Duration QUIET = Duration.ofSeconds(1);
  private static final int KEPT = 16;

  private final InstantSource clock;
  private final Map<Refusal, LongAdder> counts = new EnumMap<>(Refusal.class);

  // Guarded by this: refusals are rare, and off the data path.
  private final Map<Refusal, Quiet> quiet = new EnumMap<>(Refusal.class);
  private final Deque<Last> last = new ArrayDeque<>();

  public Refusals(InstantSource clock) {
    this.clock = clock;
    for (Refusal reason : Refusal.values()) {
      counts.put(reason, new LongAdder());
    }
  }

  /** One that was turned away. */
  public record Last(Refusal reason, String text, Instant at) {}

  private record Quiet(Instant from, Instant until, long unsaid) {}

  /**
   * Counts it, and says it unless one of the kind was said within the last second.
   *
   * @param text one line without secrets
   */
  public void add(Refusal reason, String text) {
    count(reason).increment();
    keep(reason, text);
    long unsaid = admit(reason);
    if (unsaid >= 0) {
      LOG.warn(unsaid == 0 ? text : text + " (and " + unsaid + " more like it)");
    }
  }

  /** Counts it where somebody else says it: a refusal that is why a whole attempt failed. */
  public void addUnsaid(Refusal reason, String text) {
    count(reason).increment();
    keep(reason, text);
  }

  private synchronized void keep(Refusal reason, String text) {
    if (last.size() == KEPT) {
      last.removeFirst();
    }
    last.addLast(new Last(reason, text, clock.instant()));
  }

  /** How many of the kind went unsaid before, or -1 when this one is to be too. */
  private synchronized long admit(Refusal reason) {
    Instant now = clock.instant();
    Quiet before = quiet.get(reason);
    // A clock that was set back is none of this second's.
    if (before != null && !now.isBefore(before.from()) && now.isBefore(before.until())) {
      quiet.put(reason, new Quiet(before.from(), before.until(), before.unsaid() + 1));
      return -1;
    }
    quiet.put(reason, new Quiet(now, now.plus(QUIET), 0));
    return before == null ? 0 : before.unsaid();
  }

  /** The counter of a reason. */
  public LongAdder count(Refusal reason) {
    LongAdder counter = counts.get(reason);
    if (counter == null) {
      throw new IllegalStateException("every reason has a counter");
    }
    return counter;
  }

  /** The last few, the oldest first. */
  public synchronized List<Last> last() {
    return new ArrayList<>(last);
  }
}
