package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelMetrics;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What every part of the server is given.
 *
 * @param nanos a monotonic clock
 * @param clock the time of day, for what is shown
 */
public record ServerContext(
    Settings settings,
    Loops loops,
    TunnelMetrics metrics,
    LongSupplier nanos,
    InstantSource clock,
    SecureRandom random) {

  Refusals refusals() {
    return metrics.refusals();
  }
}
