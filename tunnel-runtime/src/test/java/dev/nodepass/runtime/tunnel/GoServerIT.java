package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;

/** A Go server with our client. */
final class GoServerIT extends TunnelContract {
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
    GoPeer server = closing(GoPeer.start("server://127.0.0.1:0/127.0.0.1:0", Map.of()));
    String line = server.awaitLine("server-listening");
    TestTunnel client =
        closing(
            TestTunnel.client(Transport.EPOLL, GoPeer.port(line, "tunnel"), servicePort, Map.of()));
    client.awaitReady();
    return GoPeer.port(line, "target");
  }
}
