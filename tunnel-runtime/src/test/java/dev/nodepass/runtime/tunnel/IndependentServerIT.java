package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.lifecycle.Runner;
import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** An independent server with our client. */
final class IndependentServerIT {
  private static final Logger LOG = Logger.getLogger(Runner.class.getName());

  /** Keeps what is logged. */
  private static final class Lines extends Handler {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void publish(LogRecord line) {
      lines.add(line.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @BeforeAll
  static void needsGo() throws Exception {
    GoPeer.mustBeThere(GoPeer.Speaks.PROTOCOL_2);
  }

  /** In the mode and with the data that a query says. */
  abstract static class OurClient extends IndependentContract {
    private final Transport transport;
    private final String query;
    private final boolean forward;

    OurClient(Transport transport, String query, boolean forward) {
      this.transport = transport;
      this.query = query;
      this.forward = forward;
    }

    @Override
    int open(int servicePort) throws Exception {
      theirs = closing(server(KEY, forward ? servicePort : 0, query + "&grace=60000ms"));
      String listening = theirs.awaitLine("server-listening");
      ours = closing(client(transport, KEY, listening, forward ? 0 : servicePort, query));
      ours.awaitReady();
      return forward ? ours.targetPort() : GoPeer.port(listening, "target");
    }
  }

  private static GoPeer server(String key, int port, String query) throws IOException {
    return GoPeer.start(
        GoPeer.Speaks.PROTOCOL_2,
        "server://%s@127.0.0.1:0/127.0.0.1:%d%s".formatted(key, port, query));
  }

  private static TestTunnel client(
      Transport transport, String key, String listening, int port, String query) {
    return TestTunnel.of(
        transport,
        "client://%s@127.0.0.1:%d/127.0.0.1:%d%s"
            .formatted(key, GoPeer.port(listening, "tunnel"), port, query),
        IndependentContract.PATIENT);
  }

  @Nested
  final class ReverseTls extends OurClient {
    ReverseTls() {
      super(Transport.usual(), "?mode=reverse", false);
    }
  }

  @Nested
  final class ReversePlain extends OurClient {
    ReversePlain() {
      super(Transport.usual(), "?mode=reverse&data=plain", false);
    }
  }

  @Nested
  final class ReverseReuse extends OurClient {
    ReverseReuse() {
      super(Transport.NIO, "?mode=reverse&reuse=1000", false);
    }
  }

  @Nested
  final class ForwardTls extends OurClient {
    ForwardTls() {
      super(Transport.usual(), "?mode=forward", true);
    }
  }

  @Nested
  final class ForwardReuse extends OurClient {
    ForwardReuse() {
      super(Transport.NIO, "?mode=forward&reuse=1000", true);
    }
  }

  @Nested
  final class ForwardPlain extends OurClient {
    ForwardPlain() {
      super(Transport.usual(), "?mode=forward&data=plain", true);
    }
  }

  @Test
  void aClientWithAnotherKeyIsRefusedAndSaysWhy() throws Exception {
    Lines log = new Lines();
    LOG.addHandler(log);
    try (GoPeer server = server(IndependentContract.KEY, 0, "?mode=reverse");
        TestTunnel client =
            client(
                Transport.usual(),
                "another-key-that-is-long-enough-too",
                server.awaitLine("server-listening"),
                9,
                "")) {
      await().until(() -> log.lines.stream().anyMatch(line -> line.contains("unauthorized")));
      String why = String.join("\n", log.lines);
      assertTrue(why.contains("the name or the key does not fit"), why);
      assertEquals(0, client.status().sessions().size());
    } finally {
      LOG.removeHandler(log);
    }
  }

  @Test
  void aClientWithAKeyLeavesAServerThatHasNone() throws Exception {
    try (GoPeer server = server("", 0, "?mode=reverse");
        TestTunnel client =
            client(
                Transport.usual(),
                IndependentContract.KEY,
                server.awaitLine("server-listening"),
                9,
                "")) {
      await().until(() -> client.refused(Refusal.SERVER_UNPROVEN) > 0);
      assertEquals(0, client.status().sessions().size());
    }
  }

  @Test
  void aCertificateThatTheSessionAnnouncedIsTakenOnDataConnections() throws Exception {
    try (EchoService service = EchoService.echo();
        GoPeer server = server(IndependentContract.KEY, 0, "?mode=reverse&renew=500ms")) {
      String listening = server.awaitLine("server-listening");
      try (TestTunnel client =
          client(Transport.usual(), IndependentContract.KEY, listening, service.port(), "")) {
        client.awaitReady();
        for (int renewed = 1; renewed <= 3; renewed++) {
          int times = renewed;
          await().until(() -> count(server, "certificate ") >= times);
          for (int i = 0; i < 40; i++) {
            byte[] sent = User.bytes(10, i);
            assertArrayEquals(sent, User.echo(GoPeer.port(listening, "target"), sent));
          }
        }
        assertEquals(1, count(server, "server-session"));
      }
    }
  }

  private static long count(GoPeer peer, String beginning) {
    return peer.lines().stream().filter(line -> line.startsWith(beginning)).count();
  }
}
