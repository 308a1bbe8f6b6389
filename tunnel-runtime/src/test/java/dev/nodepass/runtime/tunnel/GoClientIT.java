package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;

/** Our server with a Go client. */
final class GoClientIT extends TunnelContract {
  @BeforeAll
  static void needsGo() throws Exception {
    GoPeer.mustBeThere();
  }

  @Override
  boolean resetsStayResets() {
    return false;
  }

  @Override
  int open(int servicePort) throws Exception {
    TestTunnel server = closing(TestTunnel.server(Transport.EPOLL, Map.of()));
    closing(
        GoPeer.start(
            "client://127.0.0.1:%d/127.0.0.1:%d".formatted(server.tunnelPort(), servicePort),
            Map.of("MIN_POOL_CAPACITY", "64", "MAX_POOL_CAPACITY", "64")));
    server.awaitReady();
    return server.targetPort();
  }
}
