package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * kubectl, helm or promtool. Those that deploy/e2e/cluster/build.sh has made come before those on
 * the PATH; a test is left out where there is none.
 */
record Program(String file) {
  private static final long SECONDS = 60;

  /**
   * How a run ended.
   *
   * @param code 0 for success
   */
  record Outcome(int code, String out, String err) {
    /** What it said; a failure fails the test. */
    String text() {
      assertTrue(code == 0, () -> "code " + code + ": " + err);
      return out;
    }
  }

  static Program kubectl() throws IOException {
    Path versions = cache().resolve("k8s");
    if (Files.isDirectory(versions)) {
      try (Stream<Path> all = Files.list(versions)) {
        for (Path one : all.sorted().toList().reversed()) {
          if (Files.isExecutable(one.resolve("kubectl"))) {
            return new Program(one.resolve("kubectl").toString());
          }
        }
      }
    }
    return onPath("kubectl", "'deploy/e2e/cluster/build.sh api' makes it");
  }

  static Program helm() {
    Path made = cache().resolve("bin/helm");
    return Files.isExecutable(made)
        ? new Program(made.toString())
        : onPath("helm", "'deploy/e2e/cluster/build.sh tools' makes it");
  }

  static Program promtool() {
    return onPath("promtool", "Debian's package prometheus has it");
  }

  private static Program onPath(String name, String whence) {
    boolean found =
        Stream.of(variable("PATH", "").split(":", -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    // Where everything is meant to be there, a missing program is a fault.
    if (!found && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException("no " + name + ": " + whence);
    }
    assumeTrue(found, "no " + name + ": " + whence);
    return new Program(name);
  }

  private static Path cache() {
    String home = variable("XDG_CACHE_HOME", System.getProperty("user.home") + "/.cache");
    return Path.of(variable("API_DIR", home + "/nodepass/kubernetes"));
  }

  private static String variable(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  Outcome run(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(file));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("out", ".txt");
    Path err = Files.createTempFile("err", ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command + " did not end in " + SECONDS + " s");
      }
      return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
