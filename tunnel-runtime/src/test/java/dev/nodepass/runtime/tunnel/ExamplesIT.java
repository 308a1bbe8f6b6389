package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples of the documentation of Go NodePass, as docs/examples.md has them: with other ports,
 * since several run on one machine here, and with their host names, which a file resolves.
 */
final class ExamplesIT extends Programs {
  private static final byte[] HELLO = "hello".getBytes(US_ASCII);

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  ExamplesIT() {}

  /** Java's options for host names as they stand in that file. */
  private List<String> hosts(String... lines) throws IOException {
    Path hosts = folder.resolve("hosts");
    Files.write(hosts, List.of(lines));
    return List.of("-Djdk.net.hosts.file=" + hosts);
  }

  private Program run(List<String> hosts, String url) throws IOException {
    return closing(Program.start(hosts, Map.of(), url));
  }

  private static void assertEchoes(int port) throws IOException {
    assertArrayEquals(HELLO, User.echo(port, HELLO));
    assertEquals("R:hello", new String(User.ask(port, HELLO, 10_000), US_ASCII));
  }

  @Test
  void aDatabaseInsideASecuredNetworkIsReachedFromOutside() throws Exception {
    EchoService database = closing(EchoService.echo());
    List<String> hosts = hosts("127.0.0.1 server.example.com db.internal");
    int tunnel = Program.freePort();
    int target = Program.freePort();
    Program server = run(List.of(), "server://:%d/127.0.0.1:%d".formatted(tunnel, target));
    run(hosts, "client://server.example.com:%d/db.internal:%d".formatted(tunnel, database.port()));
    server.awaitReadiness(200, Duration.ofSeconds(30));
    assertEchoes(target);
  }

  @Test
  void aServicesApiIsUsedByTwoOthersEachOnAPortOfItsOwn() throws Exception {
    EchoService api = closing(EchoService.echo());
    List<String> hosts = hosts("127.0.0.1 service-a");
    int tunnel = Program.freePort();
    Program server =
        run(List.of(), "server://0.0.0.0:%d/127.0.0.1:%d?log=warn".formatted(tunnel, api.port()));
    List<Program> consumers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      int port = Program.freePort();
      Program consumer = run(hosts, "client://service-a:%d/127.0.0.1:%d".formatted(tunnel, port));
      consumer.awaitLine("mode: forward; users are taken on 127.0.0.1:" + port);
      consumer.awaitReadiness(200, Duration.ofSeconds(30));
      assertEchoes(port);
      consumers.add(consumer);
    }
    // Whoever takes users tells whether they can be served.
    server.kill();
    for (Program consumer : consumers) {
      consumer.awaitReadiness(503, Duration.ofSeconds(10));
    }
  }

  @Test
  void allDevicesAreReachedThroughOneManagementServer() throws Exception {
    int tunnel = Program.freePort();
    int target = Program.freePort();
    Program server =
        run(List.of(), "server://0.0.0.0:%d/127.0.0.1:%d?log=info".formatted(tunnel, target));
    List<String> hosts = hosts("127.0.0.1 mgmt.example.com");
    for (String device : List.of("1", "2")) {
      EchoService web =
          closing(
              EchoService.that(
                  connection -> {
                    connection.getOutputStream().write(device.getBytes(US_ASCII));
                    connection.getInputStream().readAllBytes();
                  }));
      run(hosts, "client://mgmt.example.com:%d/127.0.0.1:%d".formatted(tunnel, web.port()));
    }
    server.awaitReadiness(200, Duration.ofSeconds(30));
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> server.linesWith("client connected").size() == 2);
    Set<Integer> met = new TreeSet<>();
    try (Socket first = User.connect(target)) {
      met.add(first.getInputStream().read());
      try (Socket second = User.connect(target)) {
        met.add(second.getInputStream().read());
      }
    }
    assertEquals(Set.of((int) '1', (int) '2'), met);
  }

  /** Also the example with containers: there the other host is called web-service. */
  @Test
  void anApiOnAnotherHostIsUsedFromTwoEnvironments() throws Exception {
    Namespace far = closing(Namespace.make());
    EchoService api = closing(EchoService.echoOn(far.here()));
    List<String> hosts = hosts(far.here() + " api.production", far.there() + " tunnel.example.com");
    Program server =
        closing(
            Program.start(
                far.prefix(),
                hosts,
                Map.of(),
                "server://0.0.0.0:10101/api.production:%d?log=info&http=off"
                    .formatted(api.port())));
    server.awaitLine("mode: forward (auto: the target api.production:");
    server.awaitLine("Server started");
    for (int i = 0; i < 2; i++) {
      int port = Program.freePort();
      Program environment =
          run(hosts, "client://tunnel.example.com:10101/127.0.0.1:%d".formatted(port));
      environment.awaitReadiness(200, Duration.ofSeconds(30));
      assertEchoes(port);
    }
    assertTrue(server.isAlive());
  }
}
