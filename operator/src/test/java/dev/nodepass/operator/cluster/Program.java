package dev.nodepass.operator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.awaitility.core.TerminalFailureException;

/**
 * A program that a test started. What it prints goes to a file, and into the message when it fails.
 * It ends with the test's JVM at the latest. Safe for threads.
 */
final class Program {
  private static final long TOLD_CHARACTERS = 8_000;

  private final String name;
  private final Process process;
  private final Path folder;
  private final Path output;

  private Program(String name, Process process, Path folder, Path output) {
    this.name = name;
    this.process = process;
    this.folder = folder;
    this.output = output;
  }

  /**
   * Starts it.
   *
   * @param name for messages
   * @param folder where its output goes
   * @param environment added to that of this JVM
   */
  static Program start(
      String name, Path folder, Map<String, String> environment, List<String> command) {
    try {
      Path output = Files.createTempFile(folder, name, ".log");
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      Program program = new Program(name, builder.start(), folder, output);
      AtExit.add(program::kill);
      return program;
    } catch (IOException wrong) {
      throw new UncheckedIOException(name + " does not start", wrong);
    }
  }

  /** A port of 127.0.0.1 that was free a moment ago. */
  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
  }

  /** Has the JDK's jcmd tell it something, if it is a Java program. */
  void jcmd(String command) {
    String jcmd = Path.of(System.getProperty("java.home", ""), "bin", "jcmd").toString();
    Program told =
        start("jcmd", folder, Map.of(), List.of(jcmd, Long.toString(process.pid()), command));
    if (told.exitCode(Duration.ofSeconds(30)) != 0) {
      throw new AssertionError(told.told("failed"));
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String output() {
    try {
      return Files.readString(output);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** Waits for a condition, in which errors count as not yet; fails early if the program ends. */
  void await(String what, Duration limit, Callable<Boolean> condition) {
    try {
      Awaitility.await(name + ": " + what)
          .atMost(limit)
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(50))
          .ignoreExceptions()
          .failFast(() -> !process.isAlive())
          .until(condition);
    } catch (TerminalFailureException early) {
      throw new AssertionError(told("ended with code " + process.exitValue()), early);
    } catch (ConditionTimeoutException late) {
      throw new AssertionError(told("not after " + limit.toSeconds() + " s: " + what), late);
    }
  }

  /** The sentence, and the end of the output. */
  String told(String sentence) {
    String all = output();
    return name
        + " "
        + sentence
        + "\n"
        + all.substring((int) Math.max(0, all.length() - TOLD_CHARACTERS));
  }

  /** Asks it to end (SIGTERM), waits, and returns its exit code. */
  int stop(Duration limit) {
    process.destroy();
    if (!ended(limit)) {
      kill();
      throw new AssertionError(told("did not stop in " + limit.toSeconds() + " s"));
    }
    return process.exitValue();
  }

  /** Ends it at once (SIGKILL) and waits until it is gone. */
  void kill() {
    process.destroyForcibly();
    ended(Duration.ofSeconds(10));
  }

  /** Waits until it ends by itself. */
  int exitCode(Duration limit) {
    if (!ended(limit)) {
      kill();
      throw new AssertionError(told("did not end in " + limit.toSeconds() + " s"));
    }
    return process.exitValue();
  }

  private boolean ended(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(stop);
    }
  }
}
