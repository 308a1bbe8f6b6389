package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.config.Limits;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.observe.Refusal;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether a user may come in at all: by address, by how many come from there already, and by how
 * many come in a second. Thread-safe.
 */
final class Gate {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final TunnelContext context;
  private final Limits limits;
  private final ConcurrentHashMap<InetAddress, Integer> inside = new ConcurrentHashMap<>();

  /** When the queue of admitted users would be served at the allowed rate. */
  private final AtomicLong served;

  Gate(TunnelContext context) {
    this.context = context;
    this.limits = context.settings().limits();
    this.served = new AtomicLong(context.now());
  }

  /** Why not; when empty, {@link #left} must follow. */
  Optional<Refusal> enter(InetAddress source) {
    if (!limits.allow().contains(source)) {
      return Optional.of(Refusal.USER_NOT_ALLOWED);
    }
    if (limits.perSource() > 0 && inside.merge(source, 1, Integer::sum) > limits.perSource()) {
      left(source);
      return Optional.of(Refusal.USER_SOURCE_LIMIT);
    }
    // Last: who is refused for itself must not use up what the others may.
    if (!inTime()) {
      left(source);
      return Optional.of(Refusal.USER_RATE);
    }
    return Optional.empty();
  }

  private boolean inTime() {
    if (limits.acceptRate() == 0) {
      return true;
    }
    long now = context.now();
    long cost = SECOND / limits.acceptRate();
    for (long at = served.get(); ; at = served.get()) {
      long next = (at - now > 0 ? at : now) + cost;
      // A second's worth may come at once.
      if (next - now > SECOND) {
        return false;
      }
      if (served.compareAndSet(at, next)) {
        return true;
      }
    }
  }

  /** A user who was let in is gone. */
  void left(InetAddress source) {
    if (limits.perSource() > 0) {
      inside.computeIfPresent(source, (address, count) -> count == 1 ? null : count - 1);
    }
  }

  /** The reason in words. */
  String why(Refusal reason) {
    return switch (reason) {
      case USER_NOT_ALLOWED -> "its address is not in allow=" + limits.allow();
      case USER_RATE -> "more than accept-rate=" + limits.acceptRate() + " came in a second";
      default -> "per-source=" + limits.perSource() + " connections from there are running";
    };
  }
}
