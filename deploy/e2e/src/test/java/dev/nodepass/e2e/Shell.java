package dev.nodepass.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs as a person at a shell starts them, in the folder of the project. */
final class Shell {
  private static final Path ROOT =
      Path.of(System.getProperty("nodepass.root", "../..")).toAbsolutePath().normalize();

  private Shell() {}

  /** The folder of the project. */
  static Path root() {
    return ROOT;
  }

  /** How a program ended, and what it said. */
  record Outcome(int code, String output) {
    /** What it said, if it went well. */
    String text() {
      if (code != 0) {
        throw new AssertionError("code " + code + ": " + output);
      }
      return output;
    }
  }

  /** Runs a line of bash to its end. */
  static Outcome run(String line) {
    Background program = launch("shell", line);
    Outcome outcome = new Outcome(program.exitCode(Duration.ofMinutes(3)), program.output());
    try {
      Files.delete(program.log());
    } catch (IOException stays) {
      throw new UncheckedIOException(stays);
    }
    return outcome;
  }

  /** Starts a line of bash and leaves it running. */
  static Background start(String name, String line) {
    Background program = launch(name, line);
    Runtime.getRuntime().addShutdownHook(new Thread(program.process()::destroyForcibly));
    return program;
  }

  private static Background launch(String name, String line) {
    try {
      Path output =
          Files.createTempFile(Files.createDirectories(Path.of("target/logs")), name + "-", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(List.of("bash", "-euo", "pipefail", "-c", line))
              .directory(ROOT.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().put("NODEPASS_JAVA_OPTS", "-Xmx128m");
      // Programs that end let their users finish.
      builder.environment().put("SHUTDOWN_TIMEOUT", "60s");
      return new Background(builder.start(), output);
    } catch (IOException wrong) {
      throw new UncheckedIOException(wrong);
    }
  }

  /** A program that runs on. It is the one of the line's last command, which must be an exec. */
  record Background(Process process, Path log) implements AutoCloseable {
    String output() {
      try {
        return Files.readString(log);
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }
    }

    int exitCode(Duration limit) {
      try {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
          throw new AssertionError("did not end in " + limit.toSeconds() + " s: " + output());
        }
        return process.exitValue();
      } catch (InterruptedException stop) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException(stop);
      }
    }

    /** Ends it in order (SIGTERM). */
    @Override
    public void close() {
      process.destroy();
      exitCode(Duration.ofSeconds(90));
    }
  }
}
