package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A server with {@code client-ca=} serves those whom its authority has signed, and nobody else. */
@Timeout(120)
final class ClientCertificatesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Resources resources = new Resources();

  private TestCertificates.Authority authority;
  private Path folder;
  private EchoService service;
  private TestTunnel server;
  private LogLines log;

  @SuppressWarnings("NullAway.Init") // Made before each test.
  ClientCertificatesIT() {}

  @BeforeEach
  void open(@TempDir Path into) throws Exception {
    folder = into;
    authority = TestCertificates.Authority.create("authority of clients");
    service = resources.closing(EchoService.echo());
    log = resources.closing(new LogLines());
    server =
        resources.closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://127.0.0.1:0/127.0.0.1:0?client-ca="
                        + authority.writeTo(folder.resolve("clients.pem")),
                    Map.of())
                .awaitUp());
  }

  private TestTunnel client(String name, @Nullable ServerCertificate own) throws Exception {
    String query = own == null ? "" : "?" + TestCertificates.write(folder, name, own).query();
    return resources.closing(
        TestTunnel.of(
            Transport.usual(),
            "client://127.0.0.1:%d/127.0.0.1:%d%s"
                .formatted(server.tunnelPort(), service.port(), query),
            Map.of("SERVICE_COOLDOWN", "100ms")));
  }

  private void assertRefused(TestTunnel client) {
    await().atMost(PATIENCE).until(() -> server.refused(Refusal.HANDSHAKE_FAILED) >= 3);
    await().atMost(PATIENCE).until(() -> !log.with("Client error: no session").isEmpty());
    String words = log.with("Client error: no session").getFirst();
    assertTrue(words.contains("the server demands a client certificate"), words);
    assertTrue(words.contains("cert= and cert-key="), words);
    String said = server.refusals().getLast().text();
    assertTrue(said.contains("client certificate") && said.contains("client-ca"), said);
    assertEquals(0, client.status().sessions().size());
    assertEquals(0, server.status().sessions().size());
  }

  @Test
  void aClientWithACertificateOfTheAuthorityServesUsers() throws Exception {
    TestTunnel client = client("alice", authority.issue("alice"));
    client.awaitReady();
    server.awaitReady();
    // More than the first data connections: those that come later are resumed.
    for (int i = 0; i < 60; i++) {
      byte[] sent = User.bytes(100, i);
      assertArrayEquals(sent, User.echo(server.targetPort(), sent));
    }
    assertEquals(0, server.refusals().size(), () -> server.refusals().toString());
    assertEquals(0, client.refusals().size(), () -> client.refusals().toString());
  }

  @Test
  void aClientWithoutACertificateIsRefused() throws Exception {
    assertRefused(client("nobody", null));
  }

  @Test
  void aClientOfAnotherAuthorityIsRefused() throws Exception {
    TestCertificates.Authority other = TestCertificates.Authority.create("another authority");
    assertRefused(client("mallory", other.issue("alice")));
  }

  @Test
  void aDataConnectionNeedsACertificateTooWhateverItsTicket() throws Exception {
    ServerCertificate own = authority.issue("alice");
    HandMadeClient session = resources.closing(HandMadeClient.control(server.tunnelPort(), own));
    HandMadeClient.Granted granted = session.taken(HandMadeClient.unproven());
    HandMadeClient with = resources.closing(HandMadeClient.data(server.tunnelPort(), own));
    with.send(granted.data(1));
    await().atMost(PATIENCE).until(() -> server.status().idle() == 1);

    // With TLS 1.3 the refusal comes after this side's part of the handshake.
    HandMadeClient without = resources.closing(HandMadeClient.data(server.tunnelPort(), null));
    assertEquals("", without.greeting());
    without.sendUnlessClosed(granted.data(2));
    await().atMost(PATIENCE).until(() -> server.refused(Refusal.HANDSHAKE_FAILED) == 1);
    ServerCertificate others =
        TestCertificates.Authority.create("another authority").issue("alice");
    HandMadeClient foreign = resources.closing(HandMadeClient.data(server.tunnelPort(), others));
    assertEquals("", foreign.greeting());
    foreign.sendUnlessClosed(granted.data(3));
    await().atMost(PATIENCE).until(() -> server.refused(Refusal.HANDSHAKE_FAILED) == 2);
    assertEquals(1, server.status().idle());
  }

  @Test
  void aPeerOfProtocol1IsRefusedInWords() throws Exception {
    assertThrows(IOException.class, () -> DisturbanceIT.tls(server.tunnelPort()).close());
    await().atMost(PATIENCE).until(() -> server.refused(Refusal.LEGACY) == 1);
    String said = server.refusals().getLast().text();
    assertTrue(said.contains("use this program on both sides"), said);
    assertTrue(said.contains("client-ca"), said);
    assertEquals(0, server.status().sessions().size());
  }
}
