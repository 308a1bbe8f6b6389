package dev.nodepass.runtime.lifecycle;

import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelMetrics;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What every part of a tunnel is given.
 *
 * @param nanos a monotonic clock
 * @param clock the time of day, for what is shown and for what ends at a time of day
 * @param random for secrets, and for jitter
 */
public record TunnelContext(
    Settings settings,
    Loops loops,
    TunnelMetrics metrics,
    LongSupplier nanos,
    InstantSource clock,
    SecureRandom random) {

  /** What was turned away. */
  public Refusals refusals() {
    return metrics.refusals();
  }

  /** The monotonic clock's time. */
  public long now() {
    return nanos.getAsLong();
  }
}
