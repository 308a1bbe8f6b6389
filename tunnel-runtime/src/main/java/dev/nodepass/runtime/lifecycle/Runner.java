package dev.nodepass.runtime.lifecycle;

import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.net.Loop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/**
 * Takes a tunnel from start to exit.
 *
 * <pre>
 * Starting --up--> Running --ended--> Cooling down --delay--> Starting …
 *    '------------- failed ---------------^
 * any --stop--> Draining (delay, then no new users, then wait) --quiet, time over, or stop again--> Stopped
 * </pre>
 *
 * <p>All state is owned by one loop; {@link #run()} and {@link #stop()} may be called from every
 * thread.
 */
public final class Runner {
  private static final Logger LOG = Logger.getLogger(Runner.class);

  /** The same failure is said again after this long, so that a log shows it goes on. */
  private static final long SAY_AGAIN = Duration.ofSeconds(30).toNanos();

  private final Tunnel tunnel;
  private final Settings settings;
  private final Loop loop;
  private final LongSupplier nanos;
  private final Backoff backoff;
  private final Promise<Integer> exit = Promise.promise();
  private final String title;

  // Owned by the loop.
  private Phase phase = Phase.STARTING;
  private boolean wasUp;
  private String lastFailure = "";
  private long lastSaid;
  private Loop.Timer timer = Loop.Timer.NONE;

  // Read from every thread.
  private volatile boolean everUp;
  private volatile boolean draining;

  private enum Phase {
    STARTING,
    RUNNING,
    COOLING_DOWN,
    DRAINING,
    STOPPED
  }

  /**
   * @param loop owns the life cycle
   * @param nanos a monotonic clock
   */
  public Runner(
      Tunnel tunnel, Settings settings, Loop loop, LongSupplier nanos, RandomGenerator random) {
    this.tunnel = tunnel;
    this.settings = settings;
    this.loop = loop;
    this.nanos = nanos;
    this.backoff = new Backoff(settings.cooldown(), random);
    this.title = settings.role().title();
  }

  /**
   * Starts the tunnel and keeps it up.
   *
   * @return completes with the exit code when everything has stopped
   */
  public Future<Integer> run() {
    loop.later(this::start);
    return exit.future();
  }

  /** Drains and stops; called again, cuts what still runs. */
  public void stop() {
    loop.later(
        () -> {
          switch (phase) {
            case STARTING, RUNNING, COOLING_DOWN -> drain();
            case DRAINING -> finish("a second signal came");
            case STOPPED -> {}
          }
        });
  }

  /** True once the tunnel has been up for the first time. */
  public boolean hasBeenUp() {
    return everUp;
  }

  /** True from the signal to stop on. */
  public boolean isDraining() {
    return draining;
  }

  private void start() {
    if (phase == Phase.DRAINING || phase == Phase.STOPPED) {
      return;
    }
    phase = Phase.STARTING;
    tunnel
        .start()
        .onComplete(
            outcome ->
                loop.run(
                    () -> {
                      if (outcome.succeeded()) {
                        up();
                      } else {
                        failed(outcome.cause());
                      }
                    }));
  }

  private void up() {
    if (phase != Phase.STARTING) {
      return;
    }
    phase = Phase.RUNNING;
    everUp = true;
    backoff.reset();
    lastFailure = "";
    LOG.info(wasUp ? title + " restarted" : title + " started: " + settings.url());
    wasUp = true;
    tunnel
        .ended()
        .onSuccess(
            why ->
                loop.run(
                    () -> {
                      if (phase == Phase.RUNNING) {
                        coolDown(why, backoff.next());
                      }
                    }));
  }

  private void failed(Throwable cause) {
    if (phase != Phase.STARTING) {
      return;
    }
    if (!(cause instanceof TunnelFailure failure)) {
      // Not something a person can cause: the trace is for whoever mends it.
      LOG.error(title + " error: this is a defect", cause);
      end(2);
    } else if (failure.isHopeless()) {
      LOG.error(title + " error: " + failure.getMessage());
      end(1);
    } else {
      coolDown(String.valueOf(failure.getMessage()), TunnelFailure.delay(failure, backoff.next()));
    }
  }

  private void coolDown(String why, Duration delay) {
    phase = Phase.COOLING_DOWN;
    long now = nanos.getAsLong();
    if (!why.equals(lastFailure) || now - lastSaid > SAY_AGAIN) {
      LOG.error(title + " error: " + why + " (trying again)");
      lastFailure = why;
      lastSaid = now;
    } else {
      LOG.debugf("%s error: %s (trying again in %d ms)", title, why, delay.toMillis());
    }
    timer = loop.after(delay, this::start);
  }

  private void drain() {
    boolean running = phase == Phase.RUNNING;
    phase = Phase.DRAINING;
    draining = true;
    timer.cancel();
    LOG.info(title + " shutting down");
    if (!running) {
      finish("");
    } else if (settings.drainDelay().isPositive()) {
      LOG.infof("new users are taken for another %d ms", settings.drainDelay().toMillis());
      timer = loop.after(settings.drainDelay(), this::stopAccepting);
    } else {
      stopAccepting();
    }
  }

  private void stopAccepting() {
    tunnel.stopAccepting();
    Future<Void> quiet = tunnel.quiet();
    if (!quiet.isComplete() && tunnel.status().running() > 0) {
      LOG.infof(
          "still running: %s; waiting up to %d ms for them",
          connections(tunnel.status().running()), settings.shutdown().toMillis());
    }
    String overdue = "SHUTDOWN_TIMEOUT was over";
    if (settings.shutdown().isZero()) {
      finish(overdue);
      return;
    }
    timer = loop.after(settings.shutdown(), () -> finish(overdue));
    quiet.onComplete(done -> loop.run(() -> finish("")));
  }

  private void finish(String why) {
    if (phase == Phase.STOPPED) {
      return;
    }
    // First: cutting makes the tunnel quiet, which would come back here.
    phase = Phase.STOPPED;
    int cut = tunnel.cut();
    if (cut > 0) {
      LOG.warnf("cut: %s, because %s", connections(cut), why);
    }
    end(0);
    LOG.info(title + " shutdown complete");
  }

  private static String connections(int count) {
    return count == 1 ? "1 connection" : count + " connections";
  }

  private void end(int code) {
    phase = Phase.STOPPED;
    timer.cancel();
    try {
      tunnel.close();
    } finally {
      // Whatever goes wrong in closing, the process must not stay.
      exit.complete(code);
    }
  }
}
