package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A peer written in Go from a document alone, as a process. It is built once per run; where there
 * is no Go the tests that need it are skipped, but not in CI.
 */
final class GoPeer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Set<Speaks> BUILT = EnumSet.noneOf(Speaks.class);

  private final Process process;
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private GoPeer(Process process) {
    this.process = process;
    Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader out =
                  new BufferedReader(
                      new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                  lines.add(line);
                }
              } catch (IOException ended) {
                lines.add("output ended");
              }
            });
  }

  /** Which of them. */
  enum Speaks {
    /** From docs/protocol-1.md. */
    PROTOCOL_1("protocol1-peer"),
    /** From docs/protocol.md. */
    PROTOCOL_2("protocol2-peer");

    private final String name;

    Speaks(String name) {
      this.name = name;
    }

    private static Path in(String directory, String name) {
      return Path.of(System.getProperty("nodepass.sources", "."), directory, name).toAbsolutePath();
    }

    private Path program() {
      return in("target", name);
    }

    private boolean build() throws InterruptedException {
      synchronized (BUILT) {
        // Also where the program is there already: it may be older than its sources.
        if (!BUILT.contains(this) && compiles()) {
          BUILT.add(this);
        }
        return BUILT.contains(this);
      }
    }

    private boolean compiles() throws InterruptedException {
      try {
        Process process =
            new ProcessBuilder("go", "build", "-o", program().toString(), ".")
                .directory(in("src/it", name).toFile())
                .inheritIO()
                .start();
        return process.waitFor(300, TimeUnit.SECONDS) && process.exitValue() == 0;
      } catch (IOException noGo) {
        return false;
      }
    }
  }

  /** Skips the test, or fails it in CI, when the peer cannot be built. */
  static void mustBeThere(Speaks which) throws InterruptedException {
    boolean built = which.build();
    if (!built && "true".equals(System.getenv("CI"))) {
      throw new AssertionError(which.name + " could not be built, and CI must run its tests");
    }
    Assumptions.assumeTrue(built, "skipped: no Go here to build " + which.name + " with");
  }

  static GoPeer start(Speaks which, String url) throws IOException {
    return start(which, url, Map.of());
  }

  static GoPeer start(Speaks which, String url, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(which.program().toString(), url);
    builder.environment().putAll(environment);
    return new GoPeer(builder.redirectErrorStream(true).start());
  }

  /** Waits for a line that begins so, and returns it. */
  String awaitLine(String beginning) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> lines.stream().anyMatch(line -> line.startsWith(beginning)));
    return lines.stream().filter(line -> line.startsWith(beginning)).findFirst().orElseThrow();
  }

  /** The port in {@code name=host:port} of a line. */
  static int port(String line, String name) {
    String address =
        line.substring(line.indexOf(name + "=") + name.length() + 1).replaceFirst(" .*", "");
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  /** SIGTERM. {@link Process#destroy()} would close the output as well. */
  void terminate() {
    assertTrue(process.toHandle().destroy(), "no signal was sent");
  }

  /** Waits until it has ended by itself. */
  int exitCode() throws InterruptedException {
    assertTrue(
        process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), () -> "it goes on: " + lines);
    return process.exitValue();
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
