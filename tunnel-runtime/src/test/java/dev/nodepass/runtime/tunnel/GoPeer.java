package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * The protocol 1 peer written in Go from docs/protocol-1.md, as a process. It is built once per
 * run; where there is no Go the tests that need it are skipped, but not in CI.
 */
final class GoPeer implements AutoCloseable {
  private static final Path SOURCES =
      Path.of(System.getProperty("nodepass.sources", "."), "src/it/protocol1-peer");
  private static final Path PROGRAM =
      Path.of(System.getProperty("nodepass.sources", "."), "target/protocol1-peer");

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
                out.lines().forEach(lines::add);
              } catch (IOException ended) {
                lines.add("output ended");
              }
            });
  }

  /** Skips the test, or fails it in CI, when the peer cannot be built. */
  static void mustBeThere() throws Exception {
    if (Files.isExecutable(PROGRAM)) {
      return;
    }
    boolean built;
    try {
      Process build =
          new ProcessBuilder("go", "build", "-o", PROGRAM.toAbsolutePath().toString(), ".")
              .directory(SOURCES.toFile())
              .inheritIO()
              .start();
      built = build.waitFor(300, TimeUnit.SECONDS) && build.exitValue() == 0;
    } catch (IOException noGo) {
      built = false;
    }
    if (!built && "true".equals(System.getenv("CI"))) {
      throw new AssertionError("the Go peer could not be built, and CI must run its tests");
    }
    Assumptions.assumeTrue(built, "skipped: no Go here to build the protocol 1 peer with");
  }

  static GoPeer start(String url, Map<String, String> environment) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(PROGRAM.toAbsolutePath().toString(), url);
    builder.environment().putAll(environment);
    return new GoPeer(builder.redirectErrorStream(true).start());
  }

  /** Waits for a line that begins so, and returns it. */
  String awaitLine(String beginning) {
    await()
        .atMost(Duration.ofSeconds(20))
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

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
