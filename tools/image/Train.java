import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the cache of an image: runs the staged application with real traffic, ends it by SIGTERM,
 * and Java writes what it loaded and linked (JEP 514, 515).
 *
 * <p>Arguments: the component and the folder that tools/image/stage made.
 */
void main(String[] arguments) throws Exception {
  Path stage = Path.of(arguments[1]);
  Path cache = stage.resolve("cache/nodepass.aot");
  if (arguments[0].equals("tunnel-runtime")) {
    trainTunnel(stage, cache);
  } else {
    trainOperator(stage, cache);
  }
  if (!Files.isRegularFile(cache)) {
    throw new IllegalStateException("no cache was made");
  }
}

/**
 * As the image runs it, but for the places of files.
 *
 * @param last the option for the cache
 */
static Process start(Path stage, List<String> last, List<String> environment, String... arguments)
    throws IOException {
  Path app = stage.resolve("app");
  List<String> command = new ArrayList<>();
  command.add(stage.resolve("java/bin/java").toString());
  for (String line : Files.readAllLines(app.resolve("java.options"))) {
    if (!line.isBlank() && !line.startsWith("#") && !line.startsWith("-XX:AOTCache")) {
      command.add(line.replace("/opt/nodepass", app.toString()));
    }
  }
  command.addAll(last);
  command.addAll(List.of("-jar", app.resolve("quarkus-run.jar").toString()));
  command.addAll(List.of(arguments));
  ProcessBuilder builder = new ProcessBuilder(command);
  builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
  for (String variable : environment) {
    int equals = variable.indexOf('=');
    builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
  }
  return builder.inheritIO().start();
}

static void end(Process process, int seconds) throws Exception {
  process.toHandle().destroy();
  if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
    process.destroyForcibly();
    throw new IllegalStateException("it does not end");
  }
}

static int freePort() throws IOException {
  try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
    return socket.getLocalPort();
  }
}

// ---- the tunnel

static void trainTunnel(Path stage, Path cache) throws Exception {
  int tunnel = freePort();
  int target = freePort();
  int management = freePort();
  List<String> key = List.of("NODEPASS_KEY=a-key-that-is-for-this-run-only-0123456789");
  try (ServerSocket service = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
      DatagramSocket datagrams =
          new DatagramSocket(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), service.getLocalPort()))) {
    Thread.ofPlatform().daemon().start(() -> accept(service));
    Thread.ofPlatform().daemon().start(() -> answer(datagrams));
    Process server =
        start(
            stage,
            List.of("-XX:AOTCacheOutput=" + cache),
            key,
            "server://127.0.0.1:%d/127.0.0.1:%d?log=warn&mode=reverse&http=127.0.0.1:%d"
                .formatted(tunnel, target, management));
    Process client =
        start(
            stage,
            List.of(),
            key,
            "client://127.0.0.1:%d/127.0.0.1:%d?log=warn&http=off"
                .formatted(tunnel, service.getLocalPort()));
    try {
      await(management, "/q/health/ready", 120);
      use(target, management);
    } finally {
      end(client, 30);
      end(server, 120);
    }
  }
}

static void use(int target, int management) throws Exception {
  InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), target);
  byte[] bytes = new byte[256 * 1024];
  for (int round = 0; round < 100; round++) {
    try (Socket user = new Socket()) {
      user.connect(address, 10_000);
      user.setSoTimeout(10_000);
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      user.getOutputStream().write(bytes);
                      user.shutdownOutput();
                    } catch (IOException broken) {
                      // The reader says so.
                    }
                  });
      if (user.getInputStream().readAllBytes().length != bytes.length) {
        throw new IOException("cut");
      }
      writer.join();
    }
    try (DatagramSocket user = new DatagramSocket()) {
      user.setSoTimeout(10_000);
      user.send(new DatagramPacket(bytes, 1000, address));
      user.receive(new DatagramPacket(new byte[2000], 2000));
    }
  }
  for (String path : List.of("live", "started", "ready")) {
    get(management, "/q/health/" + path);
  }
  get(management, "/q/metrics");
  get(management, "/status");
}

static void accept(ServerSocket service) {
  while (true) {
    try {
      Socket connection = service.accept();
      Thread.ofVirtual()
          .start(
              () -> {
                try (connection) {
                  InputStream in = connection.getInputStream();
                  in.transferTo(connection.getOutputStream());
                } catch (IOException broken) {
                  // Its user fails.
                }
              });
    } catch (IOException closed) {
      return;
    }
  }
}

static void answer(DatagramSocket datagrams) {
  DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
  while (true) {
    try {
      datagrams.receive(packet);
      datagrams.send(packet);
    } catch (IOException closed) {
      return;
    }
    packet.setLength(65_535);
  }
}

static int get(int port, String path) throws Exception {
  HttpRequest request =
      HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
  return HttpClient.newHttpClient()
      .send(request, HttpResponse.BodyHandlers.ofString())
      .statusCode();
}

static void await(int port, String path, int seconds) throws Exception {
  long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  while (true) {
    try {
      if (get(port, path) == 200) {
        return;
      }
    } catch (IOException notYet) {
      // It is starting.
    }
    if (System.nanoTime() > deadline) {
      throw new IllegalStateException("not ready after " + seconds + " s");
    }
    Thread.sleep(50);
  }
}

// ---- the operator

/** A server that Java's own HTTP server plays: one tunnel, which is made true once. */
static void trainOperator(Path stage, Path cache) throws Exception {
  int port = freePort();
  HttpServer api = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 100);
  api.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
  AtomicInteger applied = new AtomicInteger();
  api.createContext("/", exchange -> serve(exchange, applied));
  api.start();
  Process operator =
      start(
          stage,
          List.of("-XX:AOTCacheOutput=" + cache),
          List.of(
              "KUBERNETES_MASTER=http://127.0.0.1:" + api.getAddress().getPort(),
              "QUARKUS_HTTP_HOST=127.0.0.1",
              "QUARKUS_HTTP_PORT=" + port,
              "NODEPASS_LOG_FORMAT=json",
              "NODEPASS_LOG_LEVEL=warn",
              "NODEPASS_LEADER_ELECTION=false"));
  try {
    await(port, "/q/health/ready", 60);
    for (int tries = 0; applied.get() < 5; tries++) {
      if (tries > 600) {
        throw new IllegalStateException("only " + applied + " objects were applied");
      }
      Thread.sleep(100);
    }
    for (String path : List.of("health/live", "health/started", "metrics")) {
      get(port, "/q/" + path);
    }
  } finally {
    end(operator, 120);
    api.stop(0);
  }
}

static final String TUNNEL =
    """
    {"apiVersion":"nodepass.dev/v1alpha1","kind":"NodePassTunnel",
     "metadata":{"name":"web","namespace":"default","uid":"1","resourceVersion":"1",
       "generation":1,"creationTimestamp":"2026-01-01T00:00:00Z"},
     "spec":{"role":"Server","listen":{"port":80}}}
    """;

static void serve(HttpExchange exchange, AtomicInteger applied) throws IOException {
  String path = exchange.getRequestURI().getPath();
  String query = String.valueOf(exchange.getRequestURI().getQuery());
  String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
  int depth = path.split("/").length - 1;
  boolean list = path.startsWith("/api/") ? depth % 2 == 1 : depth == 4 || depth == 6;
  switch (exchange.getRequestMethod()) {
    case "GET" -> {
      if (!list) {
        answer(exchange, 404, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"code\":404}");
      } else if (exchange.getRequestHeaders().containsKey("Upgrade")) {
        // No WebSocket: the client watches by HTTP then.
        answer(exchange, 503, "{}");
      } else if (query.contains("watch=true")) {
        // Open as long as the client likes.
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().flush();
      } else {
        String items = path.endsWith("/nodepasstunnels") ? TUNNEL : "";
        answer(
            exchange,
            200,
            "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{\"resourceVersion\":\"1\"},"
                + "\"items\":["
                + items
                + "]}");
      }
    }
    case "DELETE" ->
        answer(exchange, 200, "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Success\"}");
    default -> {
      applied.incrementAndGet();
      String stored =
          body.replaceFirst(
              "\"metadata\" *: *\\{", "\"metadata\":{\"uid\":\"2\",\"resourceVersion\":\"2\",");
      answer(exchange, 200, stored);
    }
  }
}

static void answer(HttpExchange exchange, int code, String body) throws IOException {
  byte[] bytes = body.getBytes(UTF_8);
  exchange.getResponseHeaders().add("Content-Type", "application/json");
  exchange.sendResponseHeaders(code, bytes.length);
  exchange.getResponseBody().write(bytes);
  exchange.close();
}
