package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.Mode;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Dialer;
import dev.nodepass.runtime.net.KeepAlive;
import dev.nodepass.runtime.net.Loops;
import io.vertx.core.Future;
import java.net.UnknownHostException;
import java.time.Duration;
import org.jboss.logging.Logger;

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
  private boolean decided;
  private int timesInUse;

  ModeChoice(Settings settings, Loops loops) {
    this.settings = settings;
    this.loops = loops;
  }

  /** Succeeds when users are to be listened for here; fails for good when the mode is forward. */
  Future<Void> decide() {
    return switch (settings.mode()) {
      case FORWARD -> Future.failedFuture(forward("mode=forward was asked for"));
      case REVERSE -> Future.succeededFuture();
      case AUTO -> decided ? Future.succeededFuture() : lookAtTarget();
    };
  }

  private Future<Void> lookAtTarget() {
    HostPort target = settings.target();
    return loops
        .blocking(() -> Addresses.isLocal(target))
        .recover(
            cause ->
                Future.failedFuture(
                    cause instanceof UnknownHostException
                        ? TunnelFailure.forNow(unresolved(target))
                        : cause))
        .compose(
            local -> {
              if (!local) {
                return Future.failedFuture(
                    chosenForward("the target " + target + " is not an address of this machine"));
              }
              decided = true;
              LOG.infof(
                  "mode: reverse (auto: the target %s is an address of this machine)", target);
              return Future.succeededFuture();
            });
  }

  /**
   * The target could not be bound because somebody has it.
   *
   * @return why this start failed: for now, or for good when a service lives there
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
              return chosenForward("a service answers on the target " + target);
            })
        .recover(silent -> Future.succeededFuture(failure));
  }

  private static String unresolved(HostPort target) {
    return "the target address "
        + target
        + " does not resolve; a service elsewhere would have to be dialled (mode=forward), which needs"
        + " protocol 2, and this version speaks protocol 1 only";
  }

  private static TunnelFailure chosenForward(String why) {
    LOG.infof("mode: forward (auto: %s)", why);
    return forward(why);
  }

  private static TunnelFailure forward(String why) {
    return TunnelFailure.forGood(
        why
            + ": the server would dial it and the clients would listen (mode=forward), which needs"
            + " protocol 2, and this version speaks protocol 1 only; for reverse mode give a free"
            + " address of this machine as the target, for example 127.0.0.1:8080, or ?mode=reverse");
  }
}
