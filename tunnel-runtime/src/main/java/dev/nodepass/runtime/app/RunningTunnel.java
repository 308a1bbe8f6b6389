package dev.nodepass.runtime.app;

import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.lifecycle.Runner;
import dev.nodepass.runtime.lifecycle.Tunnel;
import dev.nodepass.runtime.observe.LoopWatch;
import dev.nodepass.runtime.observe.Refusals;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tunnel of this process, for those who only look at it. Thread-safe. */
@ApplicationScoped
public class RunningTunnel {
  private volatile @Nullable Parts parts;

  /** What there is to look at. */
  public record Parts(
      Settings settings,
      String transport,
      Tunnel tunnel,
      Runner runner,
      LoopWatch loops,
      Refusals refusals) {}

  void set(Parts running) {
    parts = running;
  }

  /** Empty until the tunnel was made. */
  public Optional<Parts> get() {
    return Optional.ofNullable(parts);
  }
}
