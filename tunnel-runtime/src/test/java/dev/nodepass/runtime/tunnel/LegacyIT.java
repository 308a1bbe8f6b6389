package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.tls.Fingerprint;
import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Where peers of protocol 1 are served, and where they are not since they can prove nothing. */
@Timeout(120)
final class LegacyIT {
  private static final String KEY = "a-key-of-the-tests-that-is-long-enough";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Resources resources = new Resources();

  private EchoService service;
  private Path folder;
  private LogLines log;

  @SuppressWarnings("NullAway.Init") // Made before each test.
  LegacyIT() {}

  @BeforeEach
  void open(@TempDir Path into) throws Exception {
    folder = into;
    service = resources.closing(EchoService.echo());
    log = resources.closing(new LogLines());
  }

  private TestTunnel server(String key, String query) {
    return resources.closing(
        TestTunnel.of(
                Transport.usual(),
                "server://%s127.0.0.1:0/127.0.0.1:0%s".formatted(key, query),
                Map.of())
            .awaitUp());
  }

  private static void assertRefuses(TestTunnel server, String... words) {
    assertThrows(IOException.class, () -> DisturbanceIT.tls(server.tunnelPort()).close());
    await().atMost(PATIENCE).until(() -> server.refused(Refusal.LEGACY) == 1);
    String said = server.refusals().getLast().text();
    for (String word : words) {
      assertTrue(said.contains(word), said);
    }
    assertEquals(0, server.status().sessions().size());
  }

  @Test
  void aServerWithAKeyRefusesThemAndSaysWhatToDo() {
    assertRefuses(
        server(KEY + "@", ""),
        "speaks protocol 1 (NodePass 1.0.x), which cannot prove a key",
        "use this program on both sides, or a server without key");
  }

  @Test
  void aServerWithLegacyOffRefusesThemAndSaysSo() {
    assertRefuses(server("", "?legacy=0"), "speaks protocol 1 (NodePass 1.0.x)", "legacy=0");
  }

  @Test
  void aServerInModeForwardRefusesThemAndSaysWhy() {
    assertRefuses(server("", "?mode=forward"), "knows mode reverse only");
  }

  // ---- a client that meets a server of protocol 1

  private TestTunnel client(int port, String key, String query) {
    return resources.closing(
        TestTunnel.of(
            Transport.usual(),
            "client://%s127.0.0.1:%d/127.0.0.1:%d%s".formatted(key, port, service.port(), query),
            Map.of("SERVICE_COOLDOWN", "100ms")));
  }

  /** A server that shows that certificate and knows nothing of application protocols. */
  private static final class OldServer implements AutoCloseable {
    private final ServerSocket listener =
        new ServerSocket(0, 64, InetAddress.ofLiteral("127.0.0.1"));
    private final AtomicInteger handshakes = new AtomicInteger();
    private final AtomicInteger heard = new AtomicInteger();

    OldServer(ServerCertificate shown) throws IOException {
      Thread.ofVirtual()
          .start(
              () -> {
                while (!listener.isClosed()) {
                  try {
                    serve(listener.accept(), shown);
                  } catch (Exception refused) {
                    // The client has closed, or the listener is.
                  }
                }
              });
    }

    private void serve(Socket accepted, ServerCertificate shown) throws Exception {
      try (SSLSocket socket =
          (SSLSocket)
              TestCertificates.tls(shown).getSocketFactory().createSocket(accepted, null, true)) {
        socket.setUseClientMode(false);
        socket.startHandshake();
        handshakes.incrementAndGet();
        InputStream in = socket.getInputStream();
        while (in.read() >= 0) {
          heard.incrementAndGet();
        }
      }
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }

  private void assertDoesNotFallBack(OldServer old, TestTunnel client, String why) {
    await().atMost(PATIENCE).until(() -> client.refused(Refusal.LEGACY) >= 3);
    await().atMost(PATIENCE).until(() -> !log.with("Client error").isEmpty());
    String said = log.with("Client error").getFirst();
    assertTrue(said.contains("it speaks protocol 1 only (NodePass 1.0.x)"), said);
    assertTrue(said.contains(why + ": use this program on both sides, or leave that out"), said);
    assertTrue(old.handshakes.get() >= 3);
    assertEquals(0, old.heard.get());
    assertEquals(0, client.status().sessions().size());
  }

  private OldServer old(ServerCertificate shown) throws IOException {
    return resources.closing(new OldServer(shown));
  }

  private static ServerCertificate certificate() {
    return ServerCertificate.inMemory(InstantSource.system(), new SecureRandom());
  }

  @Test
  void aClientWithAKeyDoesNotFallBack() throws Exception {
    OldServer old = old(certificate());
    assertDoesNotFallBack(old, client(old.listener.getLocalPort(), KEY + "@", ""), "a key is set");
  }

  @Test
  void aClientWithAPinDoesNotFallBackThoughThePinFits() throws Exception {
    ServerCertificate shown = certificate();
    OldServer old = old(shown);
    String pin = "?pin=" + Fingerprint.ofKey(shown.certificate());
    assertDoesNotFallBack(old, client(old.listener.getLocalPort(), "", pin), "pin or ca is set");
  }

  @Test
  void aClientWithAnAuthorityDoesNotFallBackThoughItHasSigned() throws Exception {
    TestCertificates.Authority authority = TestCertificates.Authority.create("authority");
    OldServer old = old(authority.issue("tunnel.example"));
    String ca = "?ca=" + authority.writeTo(folder.resolve("ca.pem"));
    assertDoesNotFallBack(old, client(old.listener.getLocalPort(), "", ca), "pin or ca is set");
  }

  @Test
  void aClientWithACertificateDoesNotFallBack() throws Exception {
    OldServer old = old(certificate());
    String own = "?" + TestCertificates.write(folder, "client", certificate()).query();
    assertDoesNotFallBack(
        old, client(old.listener.getLocalPort(), "", own), "a client certificate is set");
  }

  @Test
  void aClientWithLegacyOffDoesNotFallBack() throws Exception {
    OldServer old = old(certificate());
    assertDoesNotFallBack(
        old, client(old.listener.getLocalPort(), "", "?legacy=0"), "legacy=0 is set");
  }

  // ---- together

  @Test
  void clientsOfBothProtocolsServeUsersTogetherWhereThereIsNoKey() throws Exception {
    GoPeer.mustBeThere(GoPeer.Speaks.PROTOCOL_1);
    TestTunnel server = server("", "");
    EchoService ofTheOld = resources.closing(EchoService.echo());
    resources.closing(
        GoPeer.start(
            GoPeer.Speaks.PROTOCOL_1,
            "client://127.0.0.1:%d/127.0.0.1:%d".formatted(server.tunnelPort(), ofTheOld.port()),
            Map.of("MIN_POOL_CAPACITY", "64", "MAX_POOL_CAPACITY", "64")));
    client(server.tunnelPort(), "", "").awaitReady();
    await().atMost(PATIENCE).until(() -> server.status().eligible() == 2);
    assertEquals(
        List.of(1, 2),
        server.status().sessions().stream().map(TunnelStatus.Session::protocol).sorted().toList());

    for (int i = 0; i < 40; i++) {
      byte[] sent = User.bytes(100, i);
      assertArrayEquals(sent, User.echo(server.targetPort(), sent));
    }
    assertTrue(service.accepted() > 0 && ofTheOld.accepted() > 0);
    assertEquals(40, service.accepted() + ofTheOld.accepted());
  }
}
