package dev.nodepass.runtime.image;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Capability;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Ports;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * The image of the tunnel as it runs in a cluster: read-only, without /tmp, as a user that no image
 * knows, without capabilities, in 160 MiB. Of the operator's only the files, and that its Java
 * starts with its cache: the end-to-end tests (deploy/e2e) run it from its image.
 */
@Timeout(300)
final class ImageIT {
  private static final Path IMAGES =
      Path.of(System.getProperty("nodepass.sources", "."), "..", "build", "images");
  private static final String KEY = "a-key-for-this-test-0123456789abcdef";
  private static final long MEMORY = 160L << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int TUNNEL = 10101;
  private static final int TARGET = 8080;
  private static final int MANAGEMENT = 9000;
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @SuppressWarnings("NullAway.Init") // Set before all tests.
  private static DockerClient docker;

  @SuppressWarnings("NullAway.Init")
  private static String version;

  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void images() throws Exception {
    docker =
        Engine.with(
            List.of(
                IMAGES.resolve("nodepass-tunnel.docker.tar"),
                IMAGES.resolve("nodepass-operator.docker.tar")));
    version = ImageFilesTest.buildVersion();
  }

  @AfterEach
  void closeAll() throws Exception {
    Exception failed = null;
    for (AutoCloseable resource : opened.reversed()) {
      try {
        resource.close();
      } catch (Exception each) {
        if (failed == null) {
          failed = each;
        } else {
          failed.addSuppressed(each);
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private Network network() {
    Network network = Network.newNetwork();
    opened.add(network);
    // It exists from its first use on.
    network.getId();
    return network;
  }

  private static DockerImageName tunnelImage() {
    return DockerImageName.parse("nodepass/tunnel:" + version);
  }

  /** A tunnel's container, not started. */
  private GenericContainer<?> tunnel(Network network, String name, String... arguments) {
    GenericContainer<?> container = new GenericContainer<>(tunnelImage());
    opened.add(container);
    return container
        .withNetwork(network)
        .withNetworkAliases(name)
        .withCommand(arguments)
        .withStartupTimeout(PATIENCE)
        .withCreateContainerCmdModifier(
            command -> {
              command.withUser("123456:123456");
              HostConfig host = Objects.requireNonNull(command.getHostConfig());
              host.withReadonlyRootfs(true)
                  .withCapDrop(Capability.ALL)
                  .withSecurityOpts(List.of("no-new-privileges"))
                  .withMemory(MEMORY)
                  .withMemorySwap(MEMORY);
            });
  }

  /** The same for a server or client that lives until it is told to stop. */
  private GenericContainer<?> running(
      Network network, String name, String started, String url, Integer... ports) {
    return tunnel(network, name, url)
        .withEnv("NODEPASS_HTTP", "0.0.0.0:" + MANAGEMENT)
        .withExposedPorts(ports)
        .waitingFor(Wait.forLogMessage(".*" + started + ".*", 1).withStartupTimeout(PATIENCE));
  }

  private GenericContainer<?> service(Network network, String name, int port) {
    GenericContainer<?> container = new GenericContainer<>(tunnelImage());
    opened.add(container);
    container
        .withNetwork(network)
        .withNetworkAliases(name)
        .withCopyFileToContainer(
            MountableFile.forHostPath(classFile()),
            "/classes/dev/nodepass/runtime/image/EchoMain.class")
        .withCreateContainerCmdModifier(
            command ->
                command.withEntrypoint(
                    "/opt/java/bin/java", "-cp", "/classes", EchoMain.class.getName()))
        .withCommand(Integer.toString(port))
        .waitingFor(Wait.forLogMessage(".*service started.*", 1).withStartupTimeout(PATIENCE))
        .start();
    return container;
  }

  private static Path classFile() {
    try {
      return Path.of(Objects.requireNonNull(EchoMain.class.getResource("EchoMain.class")).toURI());
    } catch (java.net.URISyntaxException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static int status(GenericContainer<?> container, String path)
      throws IOException, InterruptedException {
    InetSocketAddress management = address(container, ExposedPort.tcp(MANAGEMENT));
    URI address =
        URI.create(
            "http://%s:%d%s".formatted(management.getHostString(), management.getPort(), path));
    HttpRequest request = HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(5)).build();
    return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private static void awaitReady(GenericContainer<?> container) {
    await()
        .atMost(PATIENCE)
        .ignoreException(IOException.class)
        .until(() -> status(container, "/q/health/ready") == 200);
  }

  private static Socket user(GenericContainer<?> container) throws IOException {
    Socket socket = new Socket();
    socket.connect(address(container, ExposedPort.tcp(TARGET)), 20_000);
    socket.setSoTimeout(60_000);
    socket.setTcpNoDelay(true);
    return socket;
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** Sends all, ends its stream, reads to the end. */
  private static byte[] passage(GenericContainer<?> container, byte[] what) throws Exception {
    try (Socket socket = user(container);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> sent =
          threads.submit(
              () -> {
                socket.getOutputStream().write(what);
                socket.shutdownOutput();
                return true;
              });
      byte[] all = socket.getInputStream().readAllBytes();
      sent.get();
      return all;
    }
  }

  /** Asked each time: a container that joins a network may get other ports. */
  private static InetSocketAddress address(GenericContainer<?> container, ExposedPort exposed) {
    Ports.Binding[] bindings =
        docker
            .inspectContainerCmd(container.getContainerId())
            .exec()
            .getNetworkSettings()
            .getPorts()
            .getBindings()
            .get(exposed);
    int port = Integer.parseInt(Objects.requireNonNull(bindings)[0].getHostPortSpec());
    return new InetSocketAddress(container.getHost(), port);
  }

  private static byte[] ask(GenericContainer<?> container, byte[] what) throws IOException {
    InetSocketAddress address = address(container, ExposedPort.udp(TARGET));
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(20_000);
      socket.send(new DatagramPacket(what, what.length, address));
      DatagramPacket answer = new DatagramPacket(new byte[65_535], 65_535);
      socket.receive(answer);
      return Arrays.copyOf(answer.getData(), answer.getLength());
    }
  }

  private static GenericContainer<?> withUdp(GenericContainer<?> container) {
    return container.withCreateContainerCmdModifier(
        command -> {
          HostConfig host = Objects.requireNonNull(command.getHostConfig());
          Set<ExposedPort> exposed =
              new HashSet<>(Arrays.asList(Objects.requireNonNull(command.getExposedPorts())));
          exposed.add(ExposedPort.udp(TARGET));
          command.withExposedPorts(exposed.toArray(ExposedPort[]::new));
          Ports ports = Objects.requireNonNull(host.getPortBindings());
          ports.bind(ExposedPort.udp(TARGET), Ports.Binding.empty());
          host.withPortBindings(ports);
        });
  }

  private static InspectContainerResponse.ContainerState state(GenericContainer<?> container) {
    return docker.inspectContainerCmd(container.getContainerId()).exec().getState();
  }

  private static long awaitExit(GenericContainer<?> container) {
    await().atMost(PATIENCE).until(() -> !Boolean.TRUE.equals(state(container).getRunning()));
    return Objects.requireNonNull(state(container).getExitCodeLong());
  }

  /** A server in one network, the service in another, and the client in both. */
  private record Pair(GenericContainer<?> server, GenericContainer<?> client) {}

  private Pair pair() {
    Network outside = network();
    Network inside = network();
    service(inside, "service", 7000);
    GenericContainer<?> server =
        withUdp(
                running(
                    outside,
                    "server",
                    "Server started",
                    "server://0.0.0.0:10101/0.0.0.0:8080?mode=reverse&shutdown=30s",
                    TUNNEL,
                    TARGET,
                    MANAGEMENT))
            .withEnv("NODEPASS_KEY", KEY);
    server.start();
    GenericContainer<?> client =
        running(
                outside,
                "client",
                "Client started",
                "client://server:10101/service:7000",
                MANAGEMENT)
            .withEnv("NODEPASS_KEY", KEY);
    client.start();
    docker
        .connectToNetworkCmd()
        .withNetworkId(inside.getId())
        .withContainerId(client.getContainerId())
        .exec();
    awaitReady(server);
    return new Pair(server, client);
  }

  @Test
  void aPairServesProbesAndCarriesAllAndDrains() throws Exception {
    Pair pair = pair();
    for (GenericContainer<?> each : List.of(pair.server(), pair.client())) {
      // Natives are there without anything being unpacked.
      assertTrue(
          each.getLogs()
              .lines()
              .limit(3)
              .anyMatch(l -> l.contains("epoll") && l.contains("boringssl")),
          each::getLogs);
      for (String probe : List.of("started", "live", "ready")) {
        assertEquals(200, status(each, "/q/health/" + probe), probe);
      }
    }
    byte[] much = bytes(20_000_000);
    assertArrayEquals(much, passage(pair.server(), much));
    for (int size : List.of(1, 1400, 60_000)) {
      assertArrayEquals(bytes(size), ask(pair.server(), bytes(size)));
    }

    try (Socket stays = user(pair.server())) {
      stays.getOutputStream().write(1);
      assertEquals(1, stays.getInputStream().read());
      docker.killContainerCmd(pair.server().getContainerId()).withSignal("SIGTERM").exec();
      await().atMost(PATIENCE).until(() -> pair.server().getLogs().contains("shutting down"));
      stays.getOutputStream().write(2);
      assertEquals(2, stays.getInputStream().read());
      assertTrue(Boolean.TRUE.equals(state(pair.server()).getRunning()));
    }
    assertEquals(0, awaitExit(pair.server()), pair.server()::getLogs);
  }

  @Test
  void fiftyBusyAndFiveHundredIdleUsersFitIn160MiB() throws Exception {
    Pair pair = pair();
    byte[] piece = bytes(16 * 1024);
    List<Socket> idle = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 500; i++) {
        Socket socket = user(pair.server());
        idle.add(socket);
        socket.getOutputStream().write(7);
        assertEquals(7, socket.getInputStream().read());
      }
      List<Future<Boolean>> busy = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        busy.add(threads.submit(() -> echoOften(pair.server(), piece, 300)));
      }
      for (Future<Boolean> each : busy) {
        assertTrue(each.get());
      }
      for (Socket socket : idle) {
        socket.getOutputStream().write(9);
        assertEquals(9, socket.getInputStream().read());
      }
    } finally {
      for (Socket socket : idle) {
        socket.close();
      }
    }
    for (GenericContainer<?> each : List.of(pair.server(), pair.client())) {
      assertTrue(Boolean.TRUE.equals(state(each).getRunning()), each::getLogs);
      assertFalse(Boolean.TRUE.equals(state(each).getOOMKilled()), each::getLogs);
      assertFalse(each.getLogs().contains("OutOfMemory"), each::getLogs);
    }
  }

  private static boolean echoOften(GenericContainer<?> server, byte[] piece, int rounds)
      throws IOException {
    try (Socket socket = user(server)) {
      for (int i = 0; i < rounds; i++) {
        socket.getOutputStream().write(piece);
        if (!Arrays.equals(piece, socket.getInputStream().readNBytes(piece.length))) {
          return false;
        }
      }
      return true;
    }
  }

  /** The first container row of docs/examples.md. */
  @Test
  void aWebServiceIsReachedThroughTheClientsPublishedPort() throws Exception {
    Network network = network();
    service(network, "web-service", 80);
    running(
            network,
            "nodepass-server",
            "Server started",
            "server://0.0.0.0:10101/web-service:80?log=info",
            TUNNEL)
        .start();
    GenericContainer<?> client =
        running(
            network,
            "nodepass-client",
            "Client started",
            "client://nodepass-server:10101/0.0.0.0:8080?log=info",
            TARGET,
            MANAGEMENT);
    client.start();
    awaitReady(client);
    assertArrayEquals(bytes(100_000), passage(client, bytes(100_000)));
  }

  /** The second. */
  @Test
  void theInstallationNotesServeTheClientsTarget() throws Exception {
    Network network = network();
    service(network, "service", 8080);
    GenericContainer<?> server =
        running(
            network,
            "nodepass-server",
            "Server started",
            "server://0.0.0.0:10101/0.0.0.0:8080",
            TUNNEL,
            TARGET,
            MANAGEMENT);
    server.start();
    running(
            network,
            "nodepass-client",
            "Client started",
            "client://nodepass-server:10101/service:8080",
            MANAGEMENT)
        .start();
    awaitReady(server);
    assertArrayEquals(bytes(100_000), passage(server, bytes(100_000)));
  }

  @Test
  void wrongArgumentsEndItWithCodeOneAndOneLine() {
    GenericContainer<?> wrong = tunnel(network(), "wrong", "server://nonsense");
    wrong.waitingFor(Wait.forLogMessage(".*nodepass: .*", 1)).start();
    assertEquals(1, awaitExit(wrong));
    assertEquals(1, wrong.getLogs().strip().lines().count(), wrong::getLogs);
  }

  /** Else the base would be another with each JDK. */
  @ParameterizedTest
  @ValueSource(strings = {"tunnel", "operator"})
  void theBaseHasNothingOfJavas(String image) throws IOException {
    String container =
        docker.createContainerCmd("nodepass/" + image + ":" + version).exec().getId();
    opened.add(() -> docker.removeContainerCmd(container).withForce(true).exec());
    Set<String> base = files(container, "/usr/lib");
    Set<String> java = files(container, "/opt/java/lib");
    assertTrue(base.contains("libc.so.6"), base::toString);
    assertTrue(java.contains("libjava.so"), java::toString);
    base.retainAll(java);
    assertEquals(Set.of(), base);
  }

  /** The names, without their folders, of what lies in a folder and below. */
  private static Set<String> files(String container, String folder) throws IOException {
    Set<String> names = new HashSet<>();
    try (InputStream archive = docker.copyArchiveFromContainerCmd(container, folder).exec();
        TarArchiveInputStream tar = new TarArchiveInputStream(archive)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (!entry.isDirectory()) {
          names.add(entry.getName().replaceFirst(".*/", ""));
        }
      }
    }
    return names;
  }

  /** Java goes on without a cache that does not fit; with this option it refuses to start. */
  @Test
  void theCachesFitTheOptions() {
    for (Map.Entry<String, String> each :
        Map.of("tunnel", "--version", "operator", "-version").entrySet()) {
      GenericContainer<?> container =
          new GenericContainer<>(
              DockerImageName.parse("nodepass/" + each.getKey() + ":" + version));
      opened.add(container);
      List<String> command =
          new ArrayList<>(
              List.of("/opt/java/bin/java", "@/opt/nodepass/java.options", "-XX:AOTMode=on"));
      boolean ofJava = each.getValue().equals("-version");
      command.addAll(
          ofJava
              ? List.of("-cp", "/opt/nodepass/quarkus-run.jar", each.getValue())
              : List.of("-jar", "/opt/nodepass/quarkus-run.jar", each.getValue()));
      container
          .withCreateContainerCmdModifier(cmd -> cmd.withEntrypoint(command).withCmd())
          .waitingFor(Wait.forLogMessage(".*[0-9].*", 1).withStartupTimeout(PATIENCE))
          .start();
      assertEquals(0, awaitExit(container), container::getLogs);
    }
  }
}
