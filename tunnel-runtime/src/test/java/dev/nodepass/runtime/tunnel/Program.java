package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The program as its users have it: a process that was started from the built application with the
 * launcher's options for Java, and its output. Nothing of the caller's environment reaches it.
 *
 * <p>Thread-safe. {@link #close()} ends the process whatever it does, and fails when it wrote a
 * stack trace or an escape character.
 */
final class Program implements AutoCloseable {
  /** As in tools/nodepass-launcher.sh, which says why each is there. */
  private static final List<String> JAVA_OPTIONS =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:+UseCompactObjectHeaders",
          "-Xshare:auto",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dio.netty.tryReflectionSetAccessible=true",
          "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED");

  /**
   * A process lives for seconds here: with the first compiler alone it starts in half of the time.
   */
  private static final String QUICK_START = "-XX:TieredStopAtLevel=1";

  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
  private static final String APPLICATION =
      System.getProperty("nodepass.app", "target/quarkus-app/quarkus-run.jar");
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String MANAGEMENT = "health, metrics and status: http://127.0.0.1:";

  // One for all: each has threads of its own.
  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private static final Set<Integer> DRAWN = ConcurrentHashMap.newKeySet();

  private final Process process;
  private final List<Line> lines = new CopyOnWriteArrayList<>();
  private final List<Thread> readers;

  private Program(Process process) {
    this.process = process;
    this.readers =
        List.of(
            Thread.ofVirtual().start(() -> read(process.getInputStream(), Stdio.OUT)),
            Thread.ofVirtual().start(() -> read(process.getErrorStream(), Stdio.ERR)));
  }

  /** Where a line was written. */
  enum Stdio {
    OUT,
    ERR
  }

  /**
   * A line of output.
   *
   * @param nanos when it was read, of {@link System#nanoTime()}
   */
  record Line(Stdio stdio, String text, long nanos) {}

  /** Without any environment. */
  static Program start(String... arguments) throws IOException {
    return start(List.of(), Map.of(), arguments);
  }

  static Program start(Map<String, String> environment, String... arguments) throws IOException {
    return start(List.of(), environment, arguments);
  }

  /**
   * @param javaOptions more of them; they win over the launcher's
   */
  static Program start(
      List<String> javaOptions, Map<String, String> environment, String... arguments)
      throws IOException {
    return start(List.of(), javaOptions, environment, arguments);
  }

  /**
   * @param before what stands before the command, such as the namespace in which it runs
   */
  static Program start(
      List<String> before,
      List<String> javaOptions,
      Map<String, String> environment,
      String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(JAVA.toString());
    command.addAll(JAVA_OPTIONS);
    command.add(QUICK_START);
    command.addAll(Transport.javaOptions());
    command.addAll(javaOptions);
    command.addAll(List.of("-jar", APPLICATION));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    return new Program(builder.start());
  }

  /**
   * A port that is free now for TCP and UDP, that the system does not draw, and that was not drawn
   * here before: nobody gets it between two processes.
   */
  static int freePort() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    Random random = new Random();
    for (int tries = 0; tries < 100; tries++) {
      int port = random.nextInt(20_000, 32_000);
      try (ServerSocket tcp = new ServerSocket(port, 1, loopback);
          DatagramSocket udp = new DatagramSocket(new InetSocketAddress(loopback, port))) {
        if (tcp.getLocalPort() == udp.getLocalPort() && DRAWN.add(port)) {
          return port;
        }
      } catch (IOException taken) {
        // The next one.
      }
    }
    throw new IOException("no free port in a hundred tries");
  }

  private void read(InputStream from, Stdio stdio) {
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
      for (String text = reader.readLine(); text != null; text = reader.readLine()) {
        lines.add(new Line(stdio, text, System.nanoTime()));
      }
    } catch (IOException ended) {
      // A process that was killed may end its output so.
    }
  }

  // ---- its output

  List<String> lines() {
    return lines.stream().map(Line::text).toList();
  }

  List<String> lines(Stdio stdio) {
    return lines.stream().filter(line -> line.stdio() == stdio).map(Line::text).toList();
  }

  /** The lines that have this in them. */
  List<String> linesWith(String part) {
    return lines().stream().filter(line -> line.contains(part)).toList();
  }

  /** Waits for a line that has this in it: the first such. */
  Line awaitLine(String part) {
    Predicate<Line> wanted = line -> line.text().contains(part);
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> lines.stream().anyMatch(wanted) || isOver());
    return lines.stream()
        .filter(wanted)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no line with '" + part + "' in " + output()));
  }

  /** The last line that has this in it, which must be there. */
  Line lastWith(String part) {
    return lines.stream()
        .filter(line -> line.text().contains(part))
        .reduce((earlier, later) -> later)
        .orElseThrow();
  }

  private boolean isOver() {
    return !process.isAlive() && readers.stream().noneMatch(Thread::isAlive);
  }

  /** All of it, for the message of a failed test. */
  String output() {
    return "the output of " + process.pid() + ":\n" + String.join("\n", lines());
  }

  // ---- its life

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGTERM. {@link Process#destroy()} would close the output as well. */
  void terminate() {
    assertTrue(process.toHandle().destroy(), "no signal was sent");
  }

  /** SIGKILL, and waits until it is dead. */
  void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    assertTrue(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS), "it survived SIGKILL");
  }

  /** Waits for the end of the process and of its output. */
  int exitCode() throws InterruptedException {
    assertTrue(
        process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS),
        () -> "it does not exit: " + output());
    for (Thread reader : readers) {
      reader.join();
    }
    return process.exitValue();
  }

  /** The TCP ports on which the process listens, as the kernel tells (proc(5)). */
  Set<Integer> listeningPorts() throws IOException {
    Set<String> own = new HashSet<>();
    Path directory = Path.of("/proc", Long.toString(process.pid()), "fd");
    try (Stream<Path> descriptors = Files.list(directory)) {
      for (Path descriptor : descriptors.toList()) {
        try {
          own.add(Files.readSymbolicLink(descriptor).toString());
        } catch (NoSuchFileException closed) {
          // It was closed meanwhile.
        }
      }
    }
    Set<Integer> ports = new HashSet<>();
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String row : Files.readAllLines(Path.of(table))) {
        List<String> columns = List.of(row.strip().split(" +"));
        if (columns.get(3).equals("0A") && own.contains("socket:[" + columns.get(9) + "]")) {
          String address = columns.get(1);
          ports.add(Integer.parseInt(address.substring(address.indexOf(':') + 1), 16));
        }
      }
    }
    return ports;
  }

  // ---- its management listener

  int managementPort() {
    String line = awaitLine(MANAGEMENT).text();
    String rest = line.substring(line.indexOf(MANAGEMENT) + MANAGEMENT.length());
    return Integer.parseInt(rest.substring(0, rest.indexOf('/')));
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI address = URI.create("http://127.0.0.1:" + managementPort() + path);
    HttpRequest request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(5)).build();
    return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
  }

  JsonObject status() throws IOException, InterruptedException {
    return new JsonObject(get("/status").body());
  }

  /** Waits until the readiness probe answers so. */
  void awaitReadiness(int code, Duration atMost) {
    await()
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> get("/q/health/ready").statusCode() == code);
  }

  /** The port of an address that {@code /status} names: {@code tunnel} or {@code target}. */
  int port(String name) throws IOException, InterruptedException {
    String address = status().getJsonObject("addresses").getString(name);
    return Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
  }

  @Override
  public void close() {
    try {
      kill();
      exitCode();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interrupted);
    }
    assertEquals(List.of(), linesWith("\tat "), () -> "a stack trace in " + output());
    assertEquals(List.of(), linesWith("\u001b"), () -> "an escape character in " + output());
  }
}
