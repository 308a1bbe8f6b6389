package dev.nodepass.operator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The packaged operator as a process of its own, reaching the API server as a given user. Java has
 * the options that it has in the image, and sizes itself for a container of 256 MiB.
 */
public final class OperatorProcess implements AutoCloseable {
  private static final long MEMORY_MIB = 256;

  private static final Duration STOP = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Program program;
  private final int port;

  private OperatorProcess(Program program, int port) {
    this.program = program;
    this.port = port;
  }

  /**
   * Starts it.
   *
   * @param user whose rights it has
   * @param environment added to that of this JVM
   */
  public static OperatorProcess start(
      ApiServer server, Kubeconfig user, Map<String, String> environment) {
    return start(
        Path.of(System.getProperty("nodepass.operator.app", "target/quarkus-app/quarkus-run.jar")),
        server,
        user,
        environment);
  }

  static OperatorProcess start(
      Path app, ApiServer server, Kubeconfig user, Map<String, String> environment) {
    if (!Files.exists(app)) {
      throw new IllegalStateException(app + " is missing: these tests run by 'mvn verify'");
    }
    int port = Program.freePort();
    Map<String, String> all = new HashMap<>();
    all.put("KUBECONFIG", user.write(server.folder()).toString());
    all.put("QUARKUS_HTTP_PORT", Integer.toString(port));
    // As in the image.
    all.put("MALLOC_ARENA_MAX", "2");
    all.putAll(environment);
    String java = Path.of(System.getProperty("java.home", ""), "bin", "java").toString();
    List<String> command = new ArrayList<>(List.of(java, "-XX:MaxRAM=" + MEMORY_MIB + "m"));
    command.addAll(imageOptions(ApiServer.root().resolve("tools/image/operator.options")));
    command.addAll(List.of("-jar", app.toString()));
    return new OperatorProcess(Program.start("operator", server.folder(), all, command), port);
  }

  /** All but the cache, which is made for the application in the image. */
  private static List<String> imageOptions(Path file) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> !line.startsWith("#") && !line.startsWith("-XX:AOTCache="))
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The port of 127.0.0.1 with its probes and metrics. */
  public int port() {
    return port;
  }

  /** Waits until its ready probe answers 200. */
  public OperatorProcess awaitReady() {
    program.await(
        "ready", Duration.ofSeconds(60), () -> get("/q/health/ready").statusCode() == 200);
    return this;
  }

  /** What a path of its port answers. */
  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(5))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  /** What it printed so far. */
  public String output() {
    return program.output();
  }

  /** Has it collect its garbage now, so that its heap is what it needs. */
  public void collectGarbage() {
    program.jcmd("GC.run");
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return program.isAlive();
  }

  /** Ends it as a crash would (SIGKILL). */
  public void kill() {
    program.kill();
  }

  /** Has it stop (SIGTERM), waits, and returns its exit code. */
  public int stop() {
    return program.stop(STOP);
  }

  @Override
  public void close() {
    program.kill();
    http.close();
  }
}
