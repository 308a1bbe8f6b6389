package dev.nodepass.operator.setup;

import io.quarkus.runtime.ShutdownEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jboss.logging.Logger;

/**
 * Lets reconciliations begin until the operator stops, and has a stop that was asked for wait for
 * those under way. The SDK's own termination timeout is of no use for that: it takes the caches
 * from them before it waits. Thread-safe.
 */
@Singleton
public class Reconciliations {
  private static final Logger LOG = Logger.getLogger(Reconciliations.class);

  /** Less than Kubernetes leaves a pod that is to stop. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final ReadWriteLock underWay = new ReentrantReadWriteLock();
  private final Runnable endProcess;
  private volatile boolean stopping;
  private volatile boolean waited;

  Reconciliations() {
    this(() -> Runtime.getRuntime().halt(1));
  }

  /**
   * @param endProcess ends it at once, without what a shutdown does
   */
  Reconciliations(Runnable endProcess) {
    this.endProcess = endProcess;
  }

  /** False when none may begin any more; otherwise {@link #end} on the same thread must follow. */
  public boolean begin() {
    return !stopping && underWay.readLock().tryLock();
  }

  /** One that was begun has ended, in whichever way. */
  public void end() {
    underWay.readLock().unlock();
  }

  /**
   * This operator leads no more. Unless it stops and nothing is under way any more, its Lease ran
   * out, and another may lead soon: then the process ends at once, with all that is under way.
   */
  void leadsNoMore() {
    if (!waited) {
      LOG.errorf(
          "the Lease %s could not be renewed in time, and another operator may lead: this one ends,"
              + " to be started anew",
          Setup.LEASE);
      endProcess.run();
    }
  }

  /** Before the SDK hears of it. */
  void stop(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) ShutdownEvent event)
      throws InterruptedException {
    stopping = true;
    try {
      if (!underWay.writeLock().tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warnf(
            "reconciliations are cut off: they have not ended within %d s of the stop, and are"
                + " begun anew by whichever operator leads next",
            PATIENCE.toSeconds());
      }
    } finally {
      waited = true;
    }
  }
}
