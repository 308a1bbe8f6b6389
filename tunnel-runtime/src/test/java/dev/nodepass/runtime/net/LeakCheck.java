package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test after which a buffer was thrown away without a release. Looks after the test's own
 * {@code AfterEach} methods, so these should let go of whatever they hold.
 *
 * <p>It listens to the one detector that all buffers share, instead of installing a factory of
 * detectors, since a factory is asked only once, when the first buffer of the process is made.
 */
public final class LeakCheck implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
  private static final Queue<String> REPORTED = new ConcurrentLinkedQueue<>();

  @Override
  public void beforeAll(ExtensionContext context) {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ByteBufUtil.setLeakListener((type, records) -> REPORTED.add(type + " " + records));
    found();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    assertNoLeak();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    assertNoLeak();
  }

  private static void assertNoLeak() {
    List<String> leaks = found();
    assertTrue(leaks.isEmpty(), () -> leaks.size() + " leaks: " + String.join("\n", leaks));
  }

  /** What leaked since the last call. */
  static List<String> found() {
    // The second time so that what the first has found is surely in the detector's queue.
    collectGarbage();
    collectGarbage();
    // Leaks are reported when a buffer is made.
    for (int i = 0; i < 8; i++) {
      PooledByteBufAllocator.DEFAULT.directBuffer(16).release();
    }
    List<String> leaks = new ArrayList<>();
    for (String leak = REPORTED.poll(); leak != null; leak = REPORTED.poll()) {
      leaks.add(leak);
    }
    return leaks;
  }

  private static void collectGarbage() {
    WeakReference<Object> canary = new WeakReference<>(new Object());
    Awaitility.await("garbage collection")
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              System.gc();
              return canary.refersTo(null);
            });
  }
}
