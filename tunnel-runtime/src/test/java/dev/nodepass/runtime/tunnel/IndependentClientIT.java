package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Our server with an independent client. */
final class IndependentClientIT {
  @BeforeAll
  static void needsGo() throws Exception {
    GoPeer.mustBeThere(GoPeer.Speaks.PROTOCOL_2);
  }

  /** In the mode and with the data that a query says. */
  abstract static class OurServer extends IndependentContract {
    private final Transport transport;
    private final String query;
    private final boolean forward;

    OurServer(Transport transport, String query, boolean forward) {
      this.transport = transport;
      this.query = query;
      this.forward = forward;
    }

    @Override
    int open(int servicePort) throws Exception {
      ours =
          closing(
              TestTunnel.of(
                      transport,
                      "server://%s@127.0.0.1:0/127.0.0.1:%d%s"
                          .formatted(KEY, forward ? servicePort : 0, query),
                      PATIENT)
                  .awaitUp());
      theirs = closing(client(KEY, ours, forward ? 0 : servicePort, query + "&grace=60000ms"));
      ours.awaitReady();
      return forward
          ? GoPeer.port(theirs.awaitLine("client-listening"), "target")
          : ours.targetPort();
    }
  }

  private static GoPeer client(String key, TestTunnel server, int port, String query)
      throws IOException {
    return GoPeer.start(
        GoPeer.Speaks.PROTOCOL_2,
        "client://%s@127.0.0.1:%d/127.0.0.1:%d%s".formatted(key, server.tunnelPort(), port, query));
  }

  @Nested
  final class ReverseTls extends OurServer {
    ReverseTls() {
      super(Transport.usual(), "?mode=reverse", false);
    }
  }

  @Nested
  final class ReversePlain extends OurServer {
    ReversePlain() {
      super(Transport.usual(), "?mode=reverse&data=plain", false);
    }
  }

  @Nested
  final class ReverseReuse extends OurServer {
    ReverseReuse() {
      super(Transport.NIO, "?mode=reverse&reuse=1000", false);
    }
  }

  @Nested
  final class ForwardTls extends OurServer {
    ForwardTls() {
      super(Transport.usual(), "?mode=forward", true);
    }
  }

  @Nested
  final class ForwardReuse extends OurServer {
    ForwardReuse() {
      super(Transport.NIO, "?mode=forward&reuse=1000", true);
    }
  }

  @Nested
  final class ForwardPlain extends OurServer {
    ForwardPlain() {
      super(Transport.usual(), "?mode=forward&data=plain", true);
    }
  }

  @Test
  void aClientWithAnotherKeyIsRefusedAndToldWhy() throws Exception {
    String url = "server://%s@127.0.0.1:0/127.0.0.1:0".formatted(IndependentContract.KEY);
    try (TestTunnel server = TestTunnel.of(Transport.usual(), url, Map.of()).awaitUp();
        GoPeer client = client("another-key-that-is-long-enough-too", server, 9, "")) {
      String line = client.awaitLine("closed refused unauthorized: ");
      assertTrue(line.length() > "closed refused unauthorized: ".length(), line);
      await().until(() -> server.refused(Refusal.UNAUTHORIZED) > 0);
      assertEquals(0, server.status().sessions().size());
    }
  }

  @Test
  void aClientWithAKeyLeavesAServerThatHasNone() throws Exception {
    try (TestTunnel server = TestTunnel.server(Transport.usual(), Map.of());
        GoPeer client = client(IndependentContract.KEY, server, 9, "")) {
      client.awaitLine("closed the server does not prove that it knows the key");
    }
  }

  @Test
  void aClientOfTheOtherModeIsRefusedAndToldSo() throws Exception {
    try (TestTunnel server =
            TestTunnel.of(
                    Transport.usual(), "server://127.0.0.1:0/127.0.0.1:0?mode=reverse", Map.of())
                .awaitUp();
        GoPeer client = client("", server, 0, "?mode=forward")) {
      client.awaitLine("closed refused mode: ");
      await().until(() -> server.refused(Refusal.SESSION_REFUSED) > 0);
    }
  }
}
