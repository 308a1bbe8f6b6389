package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.nodepass.runtime.net.Transport;
import java.net.SocketTimeoutException;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A Go server with our client. */
final class GoServerIT extends TunnelContract {
  private TestTunnel client;

  @SuppressWarnings("NullAway.Init") // open() comes first in every test.
  GoServerIT() {}

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
    GoPeer server =
        closing(GoPeer.start(GoPeer.Speaks.PROTOCOL_1, "server://127.0.0.1:0/127.0.0.1:0"));
    String line = server.awaitLine("server-listening");
    client =
        closing(
            TestTunnel.client(
                Transport.usual(), GoPeer.port(line, "tunnel"), servicePort, environment));
    client.awaitReady();
    return GoPeer.port(line, "target");
  }

  @Test
  void anAnswerThatIsTooLargeIsCountedAndNeverCut() throws Exception {
    int target = open(closing(EchoService.echo()).port(), Map.of("UDP_DATA_BUF_SIZE", "1000"));
    assertEquals(900, User.ask(target, User.bytes(898, 1), 5_000).length);
    // The answer is two bytes longer than what was asked.
    assertThrows(SocketTimeoutException.class, () -> User.ask(target, User.bytes(999, 1), 500));
    assertEquals(1, client.counter("nodepass.udp.dropped", "reason", "too_large"));
  }
}
