package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many devices and one server: each has a port of its own; and one client with many servers. */
final class NamedClientsIT extends Programs {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  NamedClientsIT() {}

  private static EchoService says(String what) throws IOException {
    return EchoService.that(
        connection -> connection.getOutputStream().write(what.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String hear(int port) throws IOException {
    return new String(User.sendAllThenReadAll(port, new byte[0]), StandardCharsets.US_ASCII);
  }

  private static Map<String, Integer> namedPorts(TestTunnel server) {
    Map<String, Integer> ports = new TreeMap<>();
    server
        .status()
        .addresses()
        .forEach(
            a ->
                ports.put(
                    a.name(),
                    Integer.parseInt(a.address().substring(a.address().lastIndexOf(':') + 1))));
    ports.remove("tunnel");
    ports.remove("target");
    return ports;
  }

  @Test
  void eachNamedClientHasAPortOfItsOwnWhichStaysAfterARestart() throws Exception {
    Path keys = folder.resolve("keys");
    Files.write(
        keys,
        List.of(
            "alice alice-has-a-key-of-her-own-here",
            "bob bob-has-another-key-of-his-own-",
            "carol carol-is-not-there-but-known-"));
    int first = Program.freePort();
    String url =
        "server://127.0.0.1:%d/127.0.0.1:0?mode=reverse&ports=%d-%d&key-file=%s"
            .formatted(Program.freePort(), first, first + 20, keys);
    TestTunnel server = closing(TestTunnel.of(Transport.usual(), url, Map.of()).awaitUp());
    Map<String, EchoService> services =
        Map.of("alice", closing(says("I am alice")), "bob", closing(says("I am bob")));
    services.forEach(
        (name, service) ->
            closing(
                    TestTunnel.of(
                        Transport.usual(),
                        "client://127.0.0.1:%d/127.0.0.1:%d?name=%s&key-file=%s"
                            .formatted(server.tunnelPort(), service.port(), name, keys),
                        Map.of()))
                .awaitReady());
    await().until(() -> server.status().eligible() == 2);
    Map<String, Integer> ports = namedPorts(server);
    assertEquals(List.of("alice", "bob", "carol"), List.copyOf(ports.keySet()));
    for (int i = 0; i < 5; i++) {
      for (String name : services.keySet()) {
        assertEquals("I am " + name, hear(port(ports, name)));
      }
    }

    server.close();
    TestTunnel again = closing(TestTunnel.of(Transport.usual(), url, Map.of()).awaitUp());
    assertEquals(ports, namedPorts(again));
    await().atMost(Duration.ofSeconds(20)).until(() -> again.status().eligible() == 2);
    assertEquals("I am bob", hear(port(ports, "bob")));
  }

  private static int port(Map<String, Integer> ports, String name) {
    return Objects.requireNonNull(ports.get(name), name);
  }

  @Test
  void aNameWithoutAKeyHasAPortToo() throws Exception {
    int first = Program.freePort();
    TestTunnel server =
        closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://127.0.0.1:0/127.0.0.1:0?mode=reverse&ports=%d-%d"
                        .formatted(first, first + 5),
                    Map.of())
                .awaitUp());
    EchoService service = closing(says("here"));
    closing(
            TestTunnel.of(
                Transport.usual(),
                "client://127.0.0.1:%d/127.0.0.1:%d?name=device-7"
                    .formatted(server.tunnelPort(), service.port()),
                Map.of()))
        .awaitReady();
    await().until(() -> namedPorts(server).containsKey("device-7"));
    assertEquals("here", hear(port(namedPorts(server), "device-7")));
  }

  @Test
  void oneClientServesSeveralServersAndComesBackToOneThatRestarts() throws Exception {
    String query = "?interval=500ms";
    int port = Program.freePort();
    String url = "server://127.0.0.1:" + port + "/127.0.0.1:0" + query;
    TestTunnel first = closing(TestTunnel.of(Transport.usual(), url, Map.of()).awaitUp());
    TestTunnel second = closing(TestTunnel.server(Transport.usual(), query, Map.of()));
    EchoService service = closing(EchoService.echo());
    TestTunnel client =
        closing(
            TestTunnel.of(
                Transport.usual(),
                "client://127.0.0.1:%d,127.0.0.1:%d/127.0.0.1:%d"
                    .formatted(port, second.tunnelPort(), service.port()),
                Map.of()));
    first.awaitReady();
    second.awaitReady();
    byte[] sent = {1, 2};
    assertArrayEquals(sent, User.echo(first.targetPort(), sent));
    assertArrayEquals(sent, User.echo(second.targetPort(), sent));
    assertEquals(2, client.status().sessions().size());

    first.close();
    assertArrayEquals(sent, User.echo(second.targetPort(), sent));
    assertTrue(client.status().ready());
    TestTunnel again = closing(TestTunnel.of(Transport.usual(), url, Map.of()).awaitUp());
    again.awaitReady();
    assertArrayEquals(sent, User.echo(again.targetPort(), sent));
  }
}
