package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.TunnelStatus;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several clients on one server. */
@Timeout(120)
final class ManyClientsIT {
  private final List<AutoCloseable> opened = new ArrayList<>();

  private <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  @AfterEach
  void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  private TestTunnel client(TestTunnel server, EchoService service) {
    return closing(
        TestTunnel.client(Transport.usual(), server.tunnelPort(), service.port(), Map.of()));
  }

  private static void awaitSessions(TestTunnel server, int count) {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                server.status().sessions().size() == count && server.status().eligible() == count);
  }

  @Test
  void usersAreSpreadOverThreeClientsAndGoOnWithTheRestWhenOneDies() throws Exception {
    TestTunnel server = closing(TestTunnel.server(Transport.usual(), Map.of()));
    List<EchoService> services = new ArrayList<>();
    List<TestTunnel> clients = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      EchoService service = closing(EchoService.echo());
      services.add(service);
      clients.add(client(server, service));
    }
    awaitSessions(server, 3);

    List<Socket> users = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      Socket user = closing(User.connect(server.targetPort()));
      user.getOutputStream().write(i);
      assertEquals(i, user.getInputStream().read());
      users.add(user);
    }
    for (EchoService service : services) {
      assertEquals(10, service.accepted());
    }
    for (TunnelStatus.Session session : server.status().sessions()) {
      assertEquals(10, session.running());
    }

    clients.get(1).close();
    byte[] one = {1};
    for (int i = 0; i < 20; i++) {
      assertArrayEquals(one, User.echo(server.targetPort(), one));
    }
    awaitSessions(server, 2);
    assertEquals(10, services.get(1).accepted());
    // Those who were on the others do not notice.
    int alive = 0;
    for (Socket user : users) {
      try {
        user.getOutputStream().write(7);
        alive += user.getInputStream().read() == 7 ? 1 : 0;
      } catch (java.io.IOException onTheOneThatDied) {
        // Ten of them.
      }
    }
    assertEquals(20, alive);
  }

  @Test
  void withOneFixedDataPortASecondClientIsRefusedAndSaysWhy() throws Exception {
    int port;
    try (EchoService free = EchoService.echo()) {
      port = free.port();
    }
    TestTunnel server = closing(TestTunnel.server(Transport.usual(), "?remote=" + port, Map.of()));
    String named = "remote://" + port + "\n";
    try (SSLSocket first = DisturbanceIT.tls(server.tunnelPort())) {
      assertArrayEquals(
          named.getBytes(US_ASCII), first.getInputStream().readNBytes(named.length()));
      try (SSLSocket second = DisturbanceIT.tls(server.tunnelPort())) {
        assertEquals(-1, second.getInputStream().read());
      }
      await().until(() -> server.refused(Refusal.NO_REMOTE_PORT) > 0);
      String why = server.refusals().getLast().text();
      assertTrue(why.contains("remote=" + port) && why.contains("no port"), why);
    }
    await().until(() -> server.status().sessions().isEmpty());

    // When the first has gone, the next gets its port.
    try (SSLSocket next = DisturbanceIT.tls(server.tunnelPort())) {
      assertArrayEquals(named.getBytes(US_ASCII), next.getInputStream().readNBytes(named.length()));
    }
  }

  @Test
  void aUserWhoComesBeforeTheClientWaitsForIt() throws Exception {
    TestTunnel server = closing(TestTunnel.server(Transport.usual(), Map.of()));
    EchoService service = closing(EchoService.echo());
    try (Socket user = User.connect(server.targetPort())) {
      user.getOutputStream().write(5);
      await().until(() -> server.status().waiting() == 1);
      client(server, service);
      assertEquals(5, user.getInputStream().read());
    }
    assertEquals(1, server.counter("nodepass.pool.misses"));
  }
}
