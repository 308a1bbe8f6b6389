package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Users of an echo service who come all the time, and some who stay from the beginning to the end.
 * Whatever fails is kept for {@link #close()}, which fails then.
 */
final class Load implements AutoCloseable {
  private static final int COMING = 3;
  private static final int STAYING = 4;

  private final int port;
  private final List<Thread> threads = new ArrayList<>();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong served = new AtomicLong();
  private final AtomicLong rounds = new AtomicLong();
  private volatile boolean over;

  Load(int port) {
    this.port = port;
    for (int i = 0; i < COMING; i++) {
      int number = i;
      threads.add(Thread.ofVirtual().start(() -> guarded("short", () -> come(number))));
    }
    for (int i = 0; i < STAYING; i++) {
      int number = i;
      threads.add(Thread.ofVirtual().start(() -> guarded("long", () -> stay(number))));
    }
    awaitMore();
  }

  private interface Work {
    void run() throws IOException;
  }

  private void guarded(String who, Work work) {
    try {
      work.run();
    } catch (IOException broken) {
      failures.add("a " + who + " connection broke: " + broken);
    }
  }

  private void come(int number) {
    for (long i = number; !over; i++) {
      byte[] sent = User.bytes(500, i);
      long began = System.nanoTime();
      try {
        if (!Arrays.equals(sent, User.echo(port, sent))) {
          failures.add("a short connection was cut");
        }
      } catch (IOException broken) {
        long millis = (System.nanoTime() - began) / 1_000_000;
        failures.add("a short connection failed after " + millis + " ms: " + broken);
      }
      served.incrementAndGet();
    }
  }

  private void stay(int number) throws IOException {
    try (Socket user = User.connect(port)) {
      for (long i = number; !over; i++) {
        byte[] sent = User.bytes(200, i);
        user.getOutputStream().write(sent);
        if (!Arrays.equals(sent, user.getInputStream().readNBytes(sent.length))) {
          throw new IOException("cut");
        }
        rounds.incrementAndGet();
      }
    }
  }

  /** Waits until users have come and stayed who began after this call. */
  void awaitMore() {
    long servedNow = served.get();
    long roundsNow = rounds.get();
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(5))
        .until(
            () ->
                !failures.isEmpty()
                    || (served.get() > servedNow + 3 * COMING
                        && rounds.get() > roundsNow + 3 * STAYING));
  }

  @Override
  public void close() {
    over = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
    assertEquals(List.of(), List.copyOf(failures), () -> served + " users were served");
  }
}
