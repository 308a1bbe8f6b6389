package dev.nodepass.operator.setup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.quarkus.runtime.ShutdownEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class ReconciliationsTest {
  private final AtomicInteger ends = new AtomicInteger();
  private final Reconciliations reconciliations = new Reconciliations(ends::incrementAndGet);

  /** On a thread of its own, as the shutdown is. */
  private CompletableFuture<Void> stop() {
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    Thread.ofPlatform()
        .start(
            () -> {
              try {
                reconciliations.stop(new ShutdownEvent());
                stopped.complete(null);
              } catch (InterruptedException interrupted) {
                stopped.completeExceptionally(interrupted);
              }
            });
    return stopped;
  }

  /** None begins any more once the stop has been heard of. */
  private void awaitStopping() {
    while (reconciliations.begin()) {
      reconciliations.end();
      Thread.onSpinWait();
    }
  }

  @Test
  void aStopWaitsForThoseUnderWay() throws Exception {
    assertTrue(reconciliations.begin());
    CompletableFuture<Void> stopped = stop();
    awaitStopping();
    assertFalse(stopped.isDone());
    reconciliations.end();
    stopped.get(5, TimeUnit.SECONDS);
    assertFalse(reconciliations.begin());
  }

  @Test
  void aLeaseThatRunsOutEndsTheProcess() {
    reconciliations.leadsNoMore();
    assertEquals(1, ends.get());
  }

  @Test
  void aLeaseThatRunsOutWhileAStopWaitsEndsTheProcess() throws Exception {
    assertTrue(reconciliations.begin());
    CompletableFuture<Void> stopped = stop();
    awaitStopping();
    reconciliations.leadsNoMore();
    assertEquals(1, ends.get());
    reconciliations.end();
    stopped.get(5, TimeUnit.SECONDS);
  }

  /** The SDK, when it is stopped next, gives the lead up. */
  @Test
  void theLeadGivenUpByAStopEndsNothing() throws Exception {
    stop().get(5, TimeUnit.SECONDS);
    reconciliations.leadsNoMore();
    assertEquals(0, ends.get());
  }
}
