package dev.nodepass.e2e;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Users who come all the time: each request is a connection of its own, and its answer is checked.
 * Beside them, some whose answer takes long.
 */
final class Load implements AutoCloseable {
  private static final int USERS = 4;
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final int CONNECT_MS = 2_000;
  private static final int READ_MS = 20_000;

  private final InetSocketAddress address;
  private final AtomicBoolean running = new AtomicBoolean(true);
  private final AtomicInteger made = new AtomicInteger();
  private final AtomicInteger slowMade = new AtomicInteger();
  private final AtomicLong lastGood = new AtomicLong(System.nanoTime());
  private final AtomicLong longestGap = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();

  /**
   * Begins.
   *
   * @param slowSeconds how long the answers take that take long; 0 for none of these
   */
  Load(String host, int port, int slowSeconds) {
    address = new InetSocketAddress(host, port);
    for (int user = 0; user < USERS; user++) {
      threads.add(Thread.ofVirtual().start(this::ask));
    }
    if (slowSeconds > 0) {
      threads.add(Thread.ofVirtual().start(() -> askSlowly(slowSeconds)));
    }
  }

  private void ask() {
    while (running.get()) {
      int number = made.incrementAndGet();
      try {
        String body = get("/say/" + number);
        if (!body.equals(String.valueOf(number))) {
          throw new IOException("wrong answer: " + body);
        }
        good();
      } catch (IOException failed) {
        failures.add(String.valueOf(failed));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private void askSlowly(int seconds) {
    List<Thread> asking = new ArrayList<>();
    while (running.get()) {
      slowMade.incrementAndGet();
      asking.add(Thread.ofVirtual().start(() -> slow(seconds)));
      LockSupport.parkNanos(Duration.ofSeconds(1).toNanos());
    }
    asking.forEach(Load::join);
  }

  private void slow(int seconds) {
    try {
      String body = get("/slow/" + seconds);
      if (body.length() != seconds * 10) {
        throw new IOException("cut after " + body.length() + " of " + seconds * 10 + " bytes");
      }
    } catch (IOException failed) {
      failures.add("slow: " + failed);
    }
  }

  private void good() {
    long now = System.nanoTime();
    long gap = now - lastGood.getAndSet(now);
    longestGap.accumulateAndGet(gap, Math::max);
  }

  private String get(String path) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address, CONNECT_MS);
      socket.setSoTimeout(READ_MS);
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/1.1\r\nHost: e2e\r\nConnection: close\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      int body = answer.indexOf("\r\n\r\n");
      if (!answer.startsWith("HTTP/1.1 200") || body < 0) {
        throw new IOException("no answer: " + answer.lines().findFirst().orElse("nothing at all"));
      }
      return answer.substring(body + 4);
    }
  }

  /** What came of it, when all that was begun has ended. */
  Result end() {
    good();
    running.set(false);
    threads.forEach(Load::join);
    return new Result(
        made.get(), slowMade.get(), List.copyOf(failures), Duration.ofNanos(longestGap.get()));
  }

  /**
   * What came of it.
   *
   * @param quick requests whose answer came at once
   * @param slow requests whose answer took long
   * @param longestGap between one good answer at once and the next
   */
  record Result(int quick, int slow, List<String> failures, Duration longestGap) {}

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    running.set(false);
  }
}
