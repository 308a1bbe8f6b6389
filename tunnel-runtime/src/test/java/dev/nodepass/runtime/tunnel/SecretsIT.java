package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the programs print and serve, with everything logged, holds no secret. */
final class SecretsIT extends Programs {
  private static final String IN_URL = "url-key-Zq4vX7tB2mN9pL5w";
  private static final String IN_ENVIRONMENT = "env-key-Hs8dK3fJ6gR1yC0u/+";
  private static final String IN_FILE = "file-key-Wb5nT2rE9xV4aM7q";
  private static final String NEXT_IN_FILE = "file-key-Jk1oP6iU3zG8hD5s";
  private static final String WRONG = "wrong-key-Ly7cF0eQ2jS9bX4v";
  private static final List<String> KEYS =
      List.of(IN_URL, IN_ENVIRONMENT, IN_FILE, NEXT_IN_FILE, WRONG);

  /** Secrets of sessions, tickets, proofs: 64 hex digits, as no other thing in a log has them. */
  private static final Pattern LONG_HEX = Pattern.compile("[0-9a-f]{64}");

  private final List<String> served = new ArrayList<>();

  private Program server(Map<String, String> environment, String url) throws Exception {
    Program server = closing(Program.start(environment, url));
    server.awaitLine("Server started");
    return server;
  }

  private Program client(
      Program server, EchoService service, Map<String, String> environment, String key, String more)
      throws Exception {
    return closing(
        Program.start(
            environment,
            "client://%s127.0.0.1:%d/127.0.0.1:%d?log=debug&cooldown=200ms%s"
                .formatted(key, server.port("tunnel"), service.port(), more)));
  }

  private static void traffic(Program server) throws Exception {
    server.awaitReadiness(200, Duration.ofSeconds(20));
    int target = server.port("target");
    for (int i = 0; i < 30; i++) {
      byte[] sent = User.bytes(100, i);
      assertArrayEquals(sent, User.echo(target, sent));
    }
    assertEquals(102, User.ask(target, User.bytes(100, 1), 5_000).length);
  }

  private void look(Program program) throws Exception {
    for (String path :
        List.of("/status", "/q/metrics", "/q/health", "/q/health/live", "/q/health/ready")) {
      served.add(path + ": " + program.get(path).body());
    }
  }

  private void assertNoSecret(Program... programs) throws Exception {
    List<String> all = new ArrayList<>(served);
    for (Program program : programs) {
      program.terminate();
      program.exitCode();
      all.addAll(program.lines());
    }
    assertTrue(all.stream().anyMatch(line -> line.contains("Exchange complete")), "no debug log");
    for (String key : KEYS) {
      // Not even most of it.
      String part = key.substring(0, 16);
      assertEquals(
          List.of(),
          all.stream()
              .filter(
                  line ->
                      line.contains(part)
                          || line.contains(URLEncoder.encode(key, StandardCharsets.UTF_8)))
              .toList());
    }
    assertEquals(
        List.of(),
        all.stream()
            .filter(line -> LONG_HEX.matcher(line).find() && !line.contains("pin="))
            .toList());
    for (String word : List.of("secret=", "ticket=", "proof=")) {
      assertEquals(List.of(), all.stream().filter(line -> line.contains(word)).toList());
    }
  }

  @Test
  void aKeyInTheUrlIsNowhere() throws Exception {
    EchoService service = closing(EchoService.echo());
    Program server = server(Map.of(), "server://" + IN_URL + "@127.0.0.1:0/127.0.0.1:0?log=debug");
    Program wrong = client(server, service, Map.of(), WRONG + "@", "");
    wrong.awaitLine("Client error");
    Program client = client(server, service, Map.of(), IN_URL + "@", "");
    client.awaitLine("Client started");
    traffic(server);
    look(server);
    look(client);
    look(wrong);
    assertNoSecret(wrong, client, server);
  }

  @Test
  void aKeyInTheEnvironmentIsNowhere() throws Exception {
    EchoService service = closing(EchoService.echo());
    Map<String, String> environment = Map.of("NODEPASS_KEY", IN_ENVIRONMENT);
    Program server = server(environment, "server://127.0.0.1:0/127.0.0.1:0?log=debug");
    Program wrong = client(server, service, Map.of("NODEPASS_KEY", WRONG), "", "");
    wrong.awaitLine("Client error");
    Program client = client(server, service, environment, "", "&data=plain");
    client.awaitLine("Client started");
    traffic(server);
    look(server);
    look(client);
    look(wrong);
    assertNoSecret(wrong, client, server);
  }

  @Test
  void keysInFilesAreNowhereNotEvenWhenTheyChangeOrAreWrittenWrongly(@TempDir Path folder)
      throws Exception {
    EchoService service = closing(EchoService.echo());
    Path ofServer = folder.resolve("server-keys");
    Path ofClient = folder.resolve("client-keys");
    put(ofServer, "alice " + IN_FILE);
    put(ofClient, "alice " + IN_FILE);
    TestCertificates.PemFiles files = TestCertificates.write(folder, "server", fresh());
    Program server =
        server(
            Map.of(),
            "server://127.0.0.1:0/127.0.0.1:0?log=debug&shutdown=500ms&key-file=%s&%s"
                .formatted(ofServer, files.query()));
    Program client = client(server, service, Map.of(), "", "&key-file=" + ofClient);
    client.awaitLine("Client started");
    traffic(server);

    // Lines that are wrong in each word.
    for (String line :
        List.of(NEXT_IN_FILE, "a@b " + NEXT_IN_FILE, "alice " + NEXT_IN_FILE + " tomorrow")) {
      int before = server.linesWith("the keys read before stay in use").size();
      put(ofServer, line);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> server.linesWith("the keys read before stay in use").size() > before);
    }
    put(ofServer, "alice " + NEXT_IN_FILE);
    server.awaitLine("its key has been removed");
    client.awaitLine("Client error");
    put(ofClient, "alice " + NEXT_IN_FILE);
    client.awaitLine("Client restarted");
    traffic(server);
    files.replaceBy(fresh());
    server.awaitLine("the certificate has changed");
    traffic(server);
    look(server);
    look(client);
    assertNoSecret(client, server);
  }

  private static ServerCertificate fresh() {
    return ServerCertificate.inMemory(InstantSource.system(), new SecureRandom());
  }

  private static void put(Path file, String line) throws IOException {
    Path fresh = Path.of(file + ".new");
    Files.writeString(fresh, line + "\n");
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void aKeyThatIsRefusedAtStartIsNotShown() throws Exception {
    for (String arguments :
        List.of(
            "server://" + IN_URL + "@127.0.0.1:0/127.0.0.1:notaport",
            "server://" + IN_URL + "@127.0.0.1:0/127.0.0.1:0?nosuch=1",
            "sever://" + IN_URL + "@127.0.0.1:0/127.0.0.1:0",
            "server://" + IN_URL + "@127.0.0.1/127.0.0.1:0",
            "client://" + IN_URL + "@127.0.0.1:1/127.0.0.1:0?mode=sideways",
            "server://" + IN_URL + "@127.0.0.1:0",
            "server://" + IN_URL + "%@127.0.0.1:0/127.0.0.1:0")) {
      Program refused = closing(Program.start(arguments));
      assertTrue(refused.exitCode() != 0, refused::output);
      assertEquals(List.of(), refused.linesWith(IN_URL.substring(0, 16)));
      assertTrue(!refused.lines().isEmpty());
    }
  }

  @Test
  void thePinThatAServerPrintsWorksAsItIs(@TempDir Path folder) throws Exception {
    EchoService service = closing(EchoService.echo());
    TestCertificates.PemFiles files = TestCertificates.write(folder, "server", fresh());
    Program server =
        server(
            Map.of("NODEPASS_KEY", IN_ENVIRONMENT),
            "server://127.0.0.1:%d/127.0.0.1:0?%s".formatted(Program.freePort(), files.query()));
    String line = server.awaitLine("pin of this server's certificate").text();
    String url =
        line.substring(line.indexOf("client://"))
            .strip()
            .replace("<key>", URLEncoder.encode(IN_ENVIRONMENT, StandardCharsets.UTF_8))
            .replace("<host>", "127.0.0.1")
            .replace("<service>", "127.0.0.1:" + service.port());
    Program client = closing(Program.start(url));
    client.awaitLine("Client started");
    traffic(server);

    String other = url.replaceFirst("pin=..", "pin=00");
    Program refused = closing(Program.start(other));
    refused.awaitLine("its public key is not the pinned one");
  }
}
