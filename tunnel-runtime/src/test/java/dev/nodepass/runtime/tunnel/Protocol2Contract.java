package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.runtime.net.LeakCheck;
import dev.nodepass.runtime.net.Transport;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Our server with our client in protocol 2: the contract, whatever the mode and the data. */
@ExtendWith(LeakCheck.class)
abstract class Protocol2Contract extends TunnelContract {
  static final String KEY = "a-key-of-the-tests-that-is-long-enough";

  private final Transport transport;
  private final String query;
  private final boolean forward;
  TestTunnel server;
  TestTunnel client;

  /**
   * @param query for both sides, with its question mark
   */
  @SuppressWarnings("NullAway.Init") // open() comes first in every test.
  Protocol2Contract(Transport transport, String query, boolean forward) {
    this.transport = transport;
    this.query = query;
    this.forward = forward;
  }

  @Override
  boolean resetsStayResets() {
    return true;
  }

  @Override
  int open(int servicePort) {
    return open(servicePort, Map.of());
  }

  int open(int servicePort, Map<String, String> environment) {
    String target = "127.0.0.1:" + (forward ? servicePort : 0);
    server =
        closing(
            TestTunnel.of(
                    transport,
                    "server://%s@127.0.0.1:0/%s%s".formatted(KEY, target, query),
                    environment)
                .awaitUp());
    String own = "127.0.0.1:" + (forward ? 0 : servicePort);
    client =
        closing(
            TestTunnel.of(
                transport,
                "client://%s@127.0.0.1:%d/%s%s".formatted(KEY, server.tunnelPort(), own, query),
                environment));
    client.awaitReady();
    server.awaitReady();
    return forward ? client.targetPort() : server.targetPort();
  }

  @Test
  void theSessionSpeaksProtocol2() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    assertArrayEquals(new byte[] {1, 2}, User.echo(target, new byte[] {1, 2}));
    assertEquals(2, server.status().sessions().getFirst().protocol());
    assertEquals(2, client.status().sessions().getFirst().protocol());
  }

  @Test
  void datagramsOfEverySizePassWhole() throws Exception {
    int target = open(closing(EchoService.echo()).port(), Map.of("UDP_DATA_BUF_SIZE", "100"));
    for (int length : new int[] {0, 1, 1_400, 8_000, 65_000, 65_505}) {
      byte[] sent = User.bytes(length, length);
      byte[] answer;
      try {
        answer = User.ask(target, sent, 5_000);
      } catch (java.net.SocketTimeoutException lost) {
        throw new AssertionError(
            "a datagram of " + length + " bytes was lost; " + server.dropped() + client.dropped(),
            lost);
      }
      assertEquals(length + 2, answer.length);
      assertEquals(
          User.hash(sent), User.hash(java.util.Arrays.copyOfRange(answer, 2, answer.length)));
    }
  }
}
