package dev.nodepass.runtime.client;

import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelMetrics;
import java.time.InstantSource;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What every part of the client is given.
 *
 * @param nanos a monotonic clock
 * @param clock the time of day, for what is shown
 * @param random for jitter; nothing secret
 */
public record ClientContext(
    Settings settings,
    Loops loops,
    TunnelMetrics metrics,
    LongSupplier nanos,
    InstantSource clock,
    RandomGenerator random) {

  Refusals refusals() {
    return metrics.refusals();
  }
}
