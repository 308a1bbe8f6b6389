package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Idle, garbage and half-open connections on each port of a server, while users go on. */
@Timeout(120)
final class DisturbanceIT {
  private final List<AutoCloseable> opened = new ArrayList<>();
  private TestTunnel server;
  private TestTunnel client;
  private @Nullable SSLSocket legacy;

  @SuppressWarnings("NullAway.Init") // Made before each test.
  DisturbanceIT() {}

  private <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  @BeforeEach
  void open() throws Exception {
    EchoService service = closing(EchoService.echo());
    server = closing(TestTunnel.server(Transport.usual(), Map.of()));
    client =
        closing(
            TestTunnel.client(Transport.usual(), server.tunnelPort(), service.port(), Map.of()));
    client.awaitReady();
    server.awaitReady();
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  private void usersAreServed() throws IOException {
    for (int i = 0; i < 40; i++) {
      byte[] sent = User.bytes(100, i);
      assertArrayEquals(sent, User.echo(server.targetPort(), sent));
    }
    assertEquals(legacy == null ? 1 : 2, server.status().sessions().size());
  }

  private Socket connect(int port) throws IOException {
    return closing(User.connect(port));
  }

  /** From an address that is not the client's. */
  private Socket connectFromElsewhere(int port) throws IOException {
    Socket socket = closing(new Socket());
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.2"), 0));
    socket.connect(User.address(port));
    socket.setSoTimeout(10_000);
    return socket;
  }

  /** The data port of a protocol 1 client, which stays for the test. */
  private int dataPort() throws Exception {
    if (legacy == null) {
      legacy = closing(tls(server.tunnelPort()));
      await().until(() -> server.status().sessions().size() == 2);
    }
    return server.status().sessions().stream()
        .mapToInt(TunnelStatus.Session::dataPort)
        .max()
        .orElseThrow();
  }

  private static void awaitEnd(Socket socket) throws IOException {
    try {
      assertEquals(-1, socket.getInputStream().read());
    } catch (java.net.SocketException reset) {
      // As good an end.
    }
  }

  @Test
  void idleConnectionsOnTheTunnelPortAreClosedAfterTheDeadline() throws Exception {
    List<Socket> idle = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      idle.add(connect(server.tunnelPort()));
    }
    usersAreServed();
    for (Socket socket : idle) {
      awaitEnd(socket);
    }
    assertEquals(20, server.refused(Refusal.HANDSHAKE_TIMEOUT));
    usersAreServed();
  }

  @Test
  void garbageOnTheTunnelPortIsClosedAtOnce() throws Exception {
    for (String garbage :
        new String[] {"GET / HTTP/1.1\r\n\r\n", "\u0016\u0003\u0001", "\0\0\0\0\0\0"}) {
      Socket socket = connect(server.tunnelPort());
      socket
          .getOutputStream()
          .write(garbage.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      awaitEnd(socket);
    }
    await().until(() -> server.refused(Refusal.HANDSHAKE_FAILED) >= 1);
    usersAreServed();
  }

  @Test
  void tooManyHandshakesFromOneAddressAreRefusedAndOthersAreNot() throws Exception {
    for (int i = 0; i < 80; i++) {
      connectFromElsewhere(server.tunnelPort());
    }
    await().until(() -> server.refused(Refusal.HANDSHAKES_SOURCE_LIMIT) >= 16);
    // A client from another address gets in meanwhile.
    EchoService service = closing(EchoService.echo());
    closing(TestTunnel.client(Transport.usual(), server.tunnelPort(), service.port(), Map.of()))
        .awaitReady();
    byte[] one = {1};
    assertArrayEquals(one, User.echo(server.targetPort(), one));
  }

  @Test
  void aControlPeerThatSpeaksIsClosedAndNobodyElse() throws Exception {
    try (SSLSocket peer = tls(server.tunnelPort())) {
      peer.getOutputStream().write("hello\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      peer.getInputStream().readAllBytes();
    }
    await().until(() -> server.refused(Refusal.CONTROL_GARBAGE) == 1);
    await().until(() -> server.status().sessions().size() == 1);
    usersAreServed();
  }

  @Test
  void aScannerThatOnlyShakesHandsGetsNoUsers() throws Exception {
    try (SSLSocket scanner = tls(server.tunnelPort())) {
      await().until(() -> server.status().sessions().size() == 2);
      assertEquals(1, server.status().eligible());
      byte[] one = {1};
      for (int i = 0; i < 40; i++) {
        assertArrayEquals(one, User.echo(server.targetPort(), one));
      }
      assertTrue(scanner.isConnected());
    }
  }

  @Test
  void connectionsFromElsewhereToTheDataPortGetNoIdAndNoUser() throws Exception {
    for (int i = 0; i < 20; i++) {
      awaitEnd(connectFromElsewhere(dataPort()));
    }
    assertEquals(20, server.refused(Refusal.DATA_FOREIGN_SOURCE));
    usersAreServed();
  }

  @Test
  void aDataConnectionThatSpeaksBeforeItIsTakenIsClosed() throws Exception {
    for (int i = 0; i < 5; i++) {
      Socket talker = connect(dataPort());
      talker
          .getOutputStream()
          .write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      assertEquals(8, talker.getInputStream().readNBytes(8).length);
      awaitEnd(talker);
    }
    assertEquals(5, server.refused(Refusal.DATA_GARBAGE));
    usersAreServed();
  }

  @Test
  void dataConnectionsThatEndAtOnceLeaveNothing() throws Exception {
    int idle = server.status().idle();
    for (int i = 0; i < 50; i++) {
      connect(dataPort()).close();
    }
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> server.status().idle() == client.status().idle());
    assertTrue(server.status().idle() >= Math.min(idle, 16));
    usersAreServed();
  }

  @Test
  void idleUsersHoldUpNobody() throws Exception {
    for (int i = 0; i < 100; i++) {
      connect(server.targetPort());
    }
    await().until(() -> server.status().running() == 100);
    usersAreServed();
  }

  @Test
  void usersWhoLeaveAtOnceHoldUpNobody() throws Exception {
    for (int i = 0; i < 200; i++) {
      Socket user = connect(server.targetPort());
      user.setSoLinger(i % 2 == 0, 0);
      user.close();
    }
    usersAreServed();
    await().atMost(Duration.ofSeconds(10)).until(() -> server.status().running() == 0);
    await().atMost(Duration.ofSeconds(10)).until(() -> client.status().running() == 0);
  }

  /** As a protocol 1 client does: without an application protocol. */
  static SSLSocket tls(int port) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new TrustsAll()}, new SecureRandom());
    SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(User.connect(port), "127.0.0.1", port, true);
    socket.setSoTimeout(10_000);
    socket.startHandshake();
    return socket;
  }

  /** As a protocol 1 client does. */
  private static final class TrustsAll implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
