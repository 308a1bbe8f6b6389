package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.tls.Fingerprint;
import dev.nodepass.runtime.tls.ServerCertificate;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Somebody stands between client and server, with a certificate of their own. */
@Timeout(120)
final class ManInTheMiddleIT {
  private static final String KEY = "a-key-of-the-tests-that-is-long-enough";
  private static final Map<String, String> OFTEN = Map.of("SERVICE_COOLDOWN", "100ms");
  private static final String WARNING = "nothing tells who the server is";

  @RegisterExtension final Resources resources = new Resources();

  private TestCertificates.Authority authority;
  private ServerCertificate own;
  private String query;
  private Path folder;
  private EchoService service;
  private LogLines log;

  @SuppressWarnings("NullAway.Init") // Made before each test.
  ManInTheMiddleIT() {}

  @BeforeEach
  void open(@TempDir Path into) throws Exception {
    folder = into;
    authority = TestCertificates.Authority.create("the right authority");
    own = authority.issue("tunnel.example");
    query = "?" + TestCertificates.write(folder, "server", own).query();
    service = resources.closing(EchoService.echo());
    log = resources.closing(new LogLines());
  }

  private TestTunnel server(String key) {
    return resources.closing(
        TestTunnel.of(
                Transport.usual(),
                "server://%s127.0.0.1:0/127.0.0.1:0%s".formatted(key, query),
                Map.of())
            .awaitUp());
  }

  private TestTunnel client(int port, String key, String options) {
    return resources.closing(
        TestTunnel.of(
            Transport.usual(),
            "client://%s127.0.0.1:%d/127.0.0.1:%d%s".formatted(key, port, service.port(), options),
            OFTEN));
  }

  private ManInTheMiddle between(TestTunnel server, ServerCertificate shown) throws Exception {
    return resources.closing(new ManInTheMiddle(server.tunnelPort(), shown));
  }

  private ManInTheMiddle between(TestTunnel server) throws Exception {
    return between(server, ServerCertificate.inMemory(InstantSource.system(), new SecureRandom()));
  }

  private void awaitSaid(String words) {
    await().atMost(Duration.ofSeconds(20)).until(() -> !log.with(words).isEmpty());
  }

  @Test
  void theServerRefusesAProofThatSaysAnotherCertificateThanItsOwn() throws Exception {
    TestTunnel server = server(KEY + "@");
    ManInTheMiddle between = between(server);
    TestTunnel client = client(between.port(), KEY + "@", "");

    // Again and again: it does not give up, and does not fall back to anything.
    await().atMost(Duration.ofSeconds(20)).until(() -> server.refused(Refusal.UNAUTHORIZED) >= 3);
    awaitSaid("Client error: no session with the server");
    String said = log.with("Client error: no session with the server").getFirst();
    assertTrue(said.contains("or somebody stands between client and server"), said);
    assertEquals(0, server.status().sessions().size());
    assertEquals(0, client.status().sessions().size());
    assertEquals(0, between.relayed("nodepass-data/2"));
    assertEquals(0, log.with(WARNING).size());
  }

  @Test
  void aClientWithAKeyRefusesWhereTheServerHasNone() throws Exception {
    ManInTheMiddle between = between(server(""));
    TestTunnel client = client(between.port(), KEY + "@", "");

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> client.refused(Refusal.SERVER_UNPROVEN) >= 3);
    awaitSaid("it has no key, and this client has one");
    assertEquals(0, client.status().sessions().size());
    assertEquals(0, between.relayed("nodepass-data/2"));
  }

  @Test
  void aClientWithAPinRefusesAnotherKey() throws Exception {
    TestTunnel server = server("");
    String pin = "?pin=" + Fingerprint.ofKey(own.certificate());
    ManInTheMiddle between = between(server);
    TestTunnel client = client(between.port(), "", pin);

    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> client.refused(Refusal.SERVER_UNPROVEN) >= 3);
    awaitSaid("its public key is not the pinned one");
    awaitSaid("somebody stands between, or the server has a new key");
    assertEquals(0, client.status().sessions().size());
    assertTrue(!between.hasRead("client://"), "the client has introduced itself");

    // The same without anybody between.
    client(server.tunnelPort(), "", pin).awaitReady();
    assertEquals(0, log.with(WARNING).size());
  }

  @Test
  void aClientWithAnAuthorityRefusesWhatThatHasNotSigned() throws Exception {
    TestTunnel server = server("");
    String ca = "?ca=" + authority.writeTo(folder.resolve("ca.pem"));
    ManInTheMiddle between = between(server);
    TestTunnel client = client(between.port(), "", ca);

    awaitSaid("Client error: no session with the server");
    awaitSaid("its certificate is not trusted");
    assertTrue(client.refused(Refusal.SERVER_UNPROVEN) >= 1);
    assertEquals(0, client.status().sessions().size());
    assertTrue(!between.hasRead("client://"), "the client has introduced itself");

    client(server.tunnelPort(), "", ca).awaitReady();
    assertEquals(0, log.with(WARNING).size());
  }

  @Test
  void aClientWithAnAuthorityRefusesACertificateOfAnotherName() throws Exception {
    TestTunnel server = server("");
    String ca = "?host=tunnel.example&ca=" + authority.writeTo(folder.resolve("ca.pem"));
    ManInTheMiddle between = between(server, authority.issue("neighbour.example"));
    TestTunnel client = client(between.port(), "", ca);

    awaitSaid("Client error: no session with the server");
    awaitSaid("its certificate is not trusted");
    assertEquals(0, client.status().sessions().size());
    assertTrue(!between.hasRead("client://"), "the client has introduced itself");

    client(server.tunnelPort(), "", ca).awaitReady();
  }

  @Test
  void withNothingToTellByAnybodyBetweenReadsAlongAndTheLogHasWarned() throws Exception {
    TestTunnel server = server("");
    ManInTheMiddle between = between(server);
    TestTunnel client = client(between.port(), "", "");
    client.awaitReady();
    server.awaitReady();

    byte[] secret = "what a user says to the service".getBytes(US_ASCII);
    assertArrayEquals(secret, User.echo(server.targetPort(), secret));

    assertTrue(between.hasRead("what a user says to the service"));
    assertTrue(between.relayed("nodepass-data/2") > 0);
    assertEquals(2, client.status().sessions().getFirst().protocol());
    assertEquals(1, log.with(WARNING).size());
    String warning = log.with(WARNING).getFirst();
    assertTrue(warning.startsWith("WARN"), warning);
    assertTrue(warning.contains("anybody between could read along"), warning);
  }
}
