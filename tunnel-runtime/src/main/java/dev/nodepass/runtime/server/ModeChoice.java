package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Mode;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.control.SessionMode;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Loops;
import io.vertx.core.Future;
import java.net.UnknownHostException;
import java.time.Duration;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Decides {@code mode=auto} once: forward where the server's target is not an address of this
 * machine, or where something answers there while it cannot be bound; else reverse. On the life
 * cycle's loop.
 */
final class ModeChoice {
  private static final Logger LOG = Logger.getLogger(ModeChoice.class);

  /**
   * A predecessor that is shutting down holds the port for a moment; who holds it this often stays.
   */
  private static final int REPEATEDLY = 5;

  private final Settings settings;
  private final Loops loops;
  private @Nullable SessionMode decided;
  private int timesInUse;

  ModeChoice(Settings settings, Loops loops) {
    this.settings = settings;
    this.loops = loops;
  }

  /** The mode; for good, once it was found. */
  Future<SessionMode> decide() {
    return switch (settings.mode()) {
      case FORWARD -> Future.succeededFuture(SessionMode.FORWARD);
      case REVERSE -> Future.succeededFuture(SessionMode.REVERSE);
      case AUTO -> decided == null ? lookAtTarget() : Future.succeededFuture(decided);
    };
  }

  private Future<SessionMode> lookAtTarget() {
    HostPort target = settings.target();
    return loops
        .blocking(() -> Addresses.isLocal(target))
        .recover(
            cause ->
                Future.failedFuture(
                    cause instanceof UnknownHostException
                        ? TunnelFailure.forNow("the target address " + target + " does not resolve")
                        : cause))
        .map(
            local ->
                local
                    ? chosen(SessionMode.REVERSE, "the target %s is an address of this machine")
                    : chosen(
                        SessionMode.FORWARD, "the target %s is not an address of this machine"));
  }

  private SessionMode chosen(SessionMode mode, String why) {
    decided = mode;
    LOG.infof("mode: %s (auto: %s)", mode.word(), why.formatted(settings.target()));
    return mode;
  }

  /**
   * The target could not be bound because somebody has it. Where the mode is for this class to
   * find, and a service answers there, the next start is in forward mode.
   *
   * @return why this start failed
   */
  Future<TunnelFailure> targetInUse(TunnelFailure failure) {
    timesInUse++;
    if (settings.mode() != Mode.AUTO || timesInUse < REPEATEDLY) {
      return Future.succeededFuture(failure);
    }
    HostPort target = settings.target();
    Dialer dialer = new Dialer(loops, KeepAlive.DATA, Duration.ofSeconds(2));
    return dialer
        .dial(loops.next(), target.hostToDial(), target.port())
        .map(
            channel -> {
              channel.close();
              chosen(SessionMode.FORWARD, "a service answers on the target %s");
              return failure;
            })
        .recover(silent -> Future.succeededFuture(failure));
  }
}
