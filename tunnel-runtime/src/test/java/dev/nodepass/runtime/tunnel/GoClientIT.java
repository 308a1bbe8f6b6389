package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.nodepass.runtime.net.Transport;
import java.net.SocketTimeoutException;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Our server with a Go client. */
final class GoClientIT extends TunnelContract {
  private TestTunnel server;

  @SuppressWarnings("NullAway.Init") // open() comes first in every test.
  GoClientIT() {}

  @BeforeAll
  static void needsGo() throws Exception {
    GoPeer.mustBeThere(GoPeer.Speaks.PROTOCOL_1);
  }

  @Override
  boolean resetsStayResets() {
    return false;
  }

  @Override
  int open(int servicePort) throws Exception {
    return open(servicePort, Map.of());
  }

  private int open(int servicePort, Map<String, String> environment) throws Exception {
    server = closing(TestTunnel.server(Transport.usual(), environment));
    closing(
        GoPeer.start(
            GoPeer.Speaks.PROTOCOL_1,
            "client://127.0.0.1:%d/127.0.0.1:%d".formatted(server.tunnelPort(), servicePort),
            Map.of("MIN_POOL_CAPACITY", "64", "MAX_POOL_CAPACITY", "64")));
    server.awaitReady();
    return server.targetPort();
  }

  @Test
  void datagramsThatCannotBeCarriedAreCountedAndNeverCut() throws Exception {
    int target = open(closing(EchoService.echo()).port(), Map.of("UDP_DATA_BUF_SIZE", "1000"));
    assertThrows(SocketTimeoutException.class, () -> User.ask(target, User.bytes(1_001, 1), 500));
    assertThrows(SocketTimeoutException.class, () -> User.ask(target, new byte[0], 500));
    assertEquals(1, server.counter("nodepass.udp.dropped", "reason", "too_large"));
    assertEquals(1, server.counter("nodepass.udp.dropped", "reason", "empty"));
    assertEquals(900, User.ask(target, User.bytes(898, 1), 5_000).length);
  }
}
