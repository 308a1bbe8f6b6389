package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.tls.Fingerprint;
import dev.nodepass.runtime.tls.ServerCertificate;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client with a key does when whoever answers is not its server. */
@Timeout(120)
final class FalseServerIT {
  private static final String KEY = "a-key-of-the-tests-that-is-long-enough";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Resources resources = new Resources();

  private EchoService service;
  private LogLines log;

  @SuppressWarnings("NullAway.Init") // Made before each test.
  FalseServerIT() {}

  @BeforeEach
  void open() throws Exception {
    service = resources.closing(EchoService.echo());
    log = resources.closing(new LogLines());
  }

  private static ServerCertificate certificate() {
    return ServerCertificate.inMemory(InstantSource.system(), new SecureRandom());
  }

  private FalseServer server(Function<FalseServer.Introduced, String> verdict) throws Exception {
    return server(certificate(), FalseServer.freshGreeting(), verdict);
  }

  private FalseServer server(
      ServerCertificate shown, String greeting, Function<FalseServer.Introduced, String> verdict)
      throws Exception {
    return resources.closing(new FalseServer(shown, greeting, verdict));
  }

  private TestTunnel client(int port) {
    return resources.closing(
        TestTunnel.of(
            Transport.usual(),
            "client://%s@127.0.0.1:%d/127.0.0.1:%d?mode=reverse"
                .formatted(KEY, port, service.port()),
            Map.of("SERVICE_COOLDOWN", "100ms")));
  }

  /** It says why, opens no data connection, and goes on trying. */
  private void assertRefuses(FalseServer server, String words) {
    TestTunnel client = client(server.port());
    await().atMost(PATIENCE).until(() -> client.refused(Refusal.SERVER_UNPROVEN) >= 3);
    await().atMost(PATIENCE).until(() -> !log.with("Client error").isEmpty());
    String said = log.with("Client error").getFirst();
    assertTrue(said.contains(words), said);
    assertTrue(server.introductions() >= 3);
    assertEquals(0, server.tickets());
    assertEquals(0, client.status().sessions().size());
  }

  @Test
  void aServerThatProvesTheKeyIsTaken() throws Exception {
    FalseServer server =
        server(client -> FalseServer.session() + "&proof=" + client.proof(KEY, "server"));
    TestTunnel client = client(server.port());
    await().atMost(PATIENCE).until(() -> server.tickets() > 0);
    assertEquals(0, client.refusals().size());
  }

  @Test
  void aServerWithoutProofIsRefused() throws Exception {
    assertRefuses(
        server(client -> FalseServer.session()), "it has no key, and this client has one");
  }

  @Test
  void aServerWithAnotherKeyIsRefused() throws Exception {
    assertRefuses(
        server(
            client ->
                FalseServer.session()
                    + "&proof="
                    + client.proof("another-key-that-is-long-enough", "server")),
        "it does not know the key, or somebody stands between");
  }

  @Test
  void theClientsOwnProofIsNoProofOfTheServer() throws Exception {
    assertRefuses(
        server(
            client ->
                FalseServer.session()
                    + "&proof="
                    + ProtocolLines.parameter(client.line(), "proof")),
        "it does not know the key, or somebody stands between");
  }

  @Test
  void whatARealServerSaidToAnotherIsNoProof() throws Exception {
    TestTunnel real =
        resources.closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://%s@127.0.0.1:0/127.0.0.1:0".formatted(KEY),
                    Map.of())
                .awaitUp());
    String greeting;
    String session;
    try (HandMadeClient heard = HandMadeClient.control(real.tunnelPort())) {
      greeting = heard.greeting();
      heard.send(heard.introduction(KEY, "default"));
      session = heard.readLine();
    }
    assertEquals(64, ProtocolLines.parameter(session, "proof").length());

    assertRefuses(
        server(certificate(), greeting, client -> session),
        "it does not know the key, or somebody stands between");
  }

  @Test
  void dataConnectionsShowTheCertificateOfTheSessionOrOneAnnounced() throws Exception {
    ServerCertificate old = certificate();
    ServerCertificate now = certificate();
    ServerCertificate next = certificate();
    FalseServer server =
        server(
            now,
            FalseServer.freshGreeting(),
            client -> FalseServer.session() + "&proof=" + client.proof(KEY, "server"));
    TestTunnel client = client(server.port());
    // As soon as the session stands, or later: both must hold.
    server.show(now);
    await().atMost(PATIENCE).until(() -> client.status().idle() >= 16);
    server.show(old);
    assertNotTaken(server, client);

    server.say("cert://" + Fingerprint.ofCertificate(old.certificate()));
    assertTaken(server);
    server.show(next);
    assertNotTaken(server, client);

    // That one and the one before: the first has had its time.
    server.say("cert://" + Fingerprint.ofCertificate(next.certificate()));
    assertTaken(server);
    server.show(now);
    assertNotTaken(server, client);
    assertEquals(1, client.status().sessions().size());
  }

  /**
   * More users wait than there are idle connections, as the server says for each that comes: what
   * it says while the client opens as many as it may is about that moment, and not kept. The client
   * tries and shows no ticket.
   */
  private void assertNotTaken(FalseServer server, TestTunnel client) throws Exception {
    long refused = client.refused(Refusal.SERVER_UNPROVEN);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              server.say("pool://0?waiting=1000");
              return client.refused(Refusal.SERVER_UNPROVEN) >= refused + 6;
            });
    assertEquals(0, server.ticketsSinceShown());
    String why = client.refusals().getLast().text();
    assertTrue(why.contains("a certificate that its session did not prove"), why);
  }

  private static void assertTaken(FalseServer server) throws Exception {
    int before = server.tickets();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              server.say("pool://0?waiting=200");
              return server.tickets() > before;
            });
  }

  @Test
  void dataConnectionsGoWithoutTlsOnlyWhenTheClientAskedForIt() throws Exception {
    FalseServer server =
        server(
            client ->
                FalseServer.session().replace("data=tls", "data=plain")
                    + "&proof="
                    + client.proof(KEY, "server"));
    TestTunnel client = client(server.port());
    await().atMost(PATIENCE).until(() -> !log.with("Client error").isEmpty());
    String said = log.with("Client error").getFirst();
    assertTrue(said.contains("without TLS"), said);
    assertEquals(0, client.status().sessions().size());
    assertEquals(0, server.tickets());
  }

  @Test
  void whatAServerSaysCannotMoveATerminalsCursor() throws Exception {
    FalseServer server = server(client -> "refused://limit?text=%1b%5b31mred%0d%0aline");
    client(server.port());
    await().atMost(PATIENCE).until(() -> !log.with("it refuses (limit)").isEmpty());
    String said = log.with("it refuses (limit)").getFirst();
    assertTrue(said.endsWith("?[31mred??line (trying again)"), said);
  }
}
