package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may come in, how many, how fast, and what the service learns of them. */
final class LimitsIT extends Programs {
  private static final String KEY = Protocol2Contract.KEY;
  private static final byte[] ONE = {1};

  private TestTunnel server;
  private TestTunnel client;

  @SuppressWarnings("NullAway.Init") // open() comes first in every test.
  LimitsIT() {}

  /** A pair in reverse mode; the target port. */
  private int open(int servicePort, String ofServer, String ofClient) {
    server =
        closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://" + KEY + "@127.0.0.1:0/127.0.0.1:0?mode=reverse" + ofServer,
                    Map.of())
                .awaitUp());
    client =
        closing(
            TestTunnel.of(
                Transport.usual(),
                "client://%s@127.0.0.1:%d/127.0.0.1:%d?interval=1s%s"
                    .formatted(KEY, server.tunnelPort(), servicePort, ofClient),
                Map.of()));
    client.awaitReady();
    server.awaitReady();
    return server.targetPort();
  }

  private static void assertRefused(int target) {
    assertThrows(
        IOException.class,
        () -> {
          byte[] answer = User.echo(target, ONE);
          if (answer.length == 0) {
            throw new IOException("closed");
          }
        });
  }

  @Test
  void usersFromElsewhereAreRefusedAndCounted() throws Exception {
    int target = open(closing(EchoService.echo()).port(), "&allow=10.0.0.0/8,192.0.2.7", "");
    assertRefused(target);
    assertEquals(1, server.refused(Refusal.USER_NOT_ALLOWED));
    assertThrows(IOException.class, () -> User.ask(target, ONE, 300));
    assertEquals(2, server.refused(Refusal.USER_NOT_ALLOWED));
    assertTrue(server.refusals().getLast().text().contains("allow=10.0.0.0/8"));
  }

  @Test
  void clientsFromElsewhereAreRefusedAndCounted() throws Exception {
    TestTunnel strict =
        closing(TestTunnel.server(Transport.usual(), "?allow-clients=10.0.0.0/8", Map.of()));
    TestTunnel stranger =
        closing(TestTunnel.client(Transport.usual(), strict.tunnelPort(), 1, Map.of()));
    await().until(() -> strict.refused(Refusal.CLIENT_NOT_ALLOWED) > 0);
    assertTrue(strict.status().sessions().isEmpty());
    assertTrue(!stranger.status().ready());
  }

  @Test
  void anAddressMayHaveSoManyConnectionsAndNotMore() throws Exception {
    int target = open(closing(EchoService.echo()).port(), "&per-source=2", "");
    try (Socket first = User.connect(target);
        Socket second = User.connect(target)) {
      for (Socket user : new Socket[] {first, second}) {
        user.getOutputStream().write(1);
        assertEquals(1, user.getInputStream().read());
      }
      assertRefused(target);
      assertEquals(1, server.refused(Refusal.USER_SOURCE_LIMIT));
    }
    await().until(() -> server.status().running() == 0);
    assertArrayEquals(ONE, User.echo(target, ONE));
  }

  @Test
  void moreThanSoManyInASecondAreRefusedAndLaterOnesAreNot() throws Exception {
    int target = open(closing(EchoService.echo()).port(), "&accept-rate=10", "");
    int served = 0;
    for (int i = 0; i < 30; i++) {
      try {
        served += User.echo(target, ONE).length;
      } catch (IOException refused) {
        // Counted below.
      }
    }
    assertTrue(served >= 10 && served < 30, "served " + served);
    assertEquals(30 - served, server.refused(Refusal.USER_RATE));
    await()
        .atMost(Duration.ofSeconds(5))
        .ignoreExceptions()
        .until(() -> User.echo(target, ONE).length == 1);
  }

  @Test
  void theRateHoldsEachWay() throws Exception {
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  byte[] all = connection.getInputStream().readAllBytes();
                  connection.getOutputStream().write(all);
                }));
    // 16 Mbit/s are 2 MB in a second.
    int target = open(service.port(), "&rate=16", "");
    byte[] sent = User.bytes(3_000_000, 3);
    long began = System.nanoTime();
    try (Socket user = User.connect(target);
        ExecutorService threads = threads()) {
      Future<?> writing =
          threads.submit(
              () -> {
                user.getOutputStream().write(sent);
                user.shutdownOutput();
                return null;
              });
      assertArrayEquals(sent, user.getInputStream().readAllBytes());
      writing.get();
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    // 1.5 s each way, one after the other, less a burst of a tenth of a second each.
    assertTrue(seconds > 2.6 && seconds < 6, "it took " + seconds + " s");
  }

  // ---- the PROXY protocol

  /** Sends back what it reads first, as text. */
  private EchoService headerTeller(int length) throws IOException {
    return closing(
        EchoService.that(
            connection -> {
              byte[] header = connection.getInputStream().readNBytes(length);
              connection.getOutputStream().write(header);
            }));
  }

  @Test
  void theServiceIsToldItsUserInALine() throws Exception {
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  InputStream in = connection.getInputStream();
                  StringBuilder line = new StringBuilder();
                  for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
                    line.append((char) next);
                  }
                  line.append('|').append(new String(in.readNBytes(5), US_ASCII));
                  connection.getOutputStream().write(line.toString().getBytes(US_ASCII));
                }));
    int target = open(service.port(), "", "&proxy=1");
    try (Socket user = User.connect(target)) {
      user.getOutputStream().write("hello".getBytes(US_ASCII));
      assertEquals(
          "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r|hello".formatted(user.getLocalPort(), target),
          new String(user.getInputStream().readAllBytes(), US_ASCII));
    }
  }

  @Test
  void theServiceIsToldItsUserInBinary() throws Exception {
    int target = open(headerTeller(28 + 5).port(), "", "&proxy=2");
    try (Socket user = User.connect(target)) {
      user.getOutputStream().write("hello".getBytes(US_ASCII));
      byte[] got = user.getInputStream().readAllBytes();
      assertVersion2(got, user.getLocalPort(), target);
    }
  }

  private static void assertVersion2(byte[] got, int from, int to) {
    ByteBuffer header = ByteBuffer.wrap(got);
    byte[] signature = new byte[12];
    header.get(signature);
    assertArrayEquals("\r\n\r\n\0\r\nQUIT\n".getBytes(US_ASCII), signature);
    // Version 2, PROXY; TCP over IPv4; twelve bytes of addresses.
    assertEquals(0x2111_000C, header.getInt());
    assertEquals(0x7F00_0001, header.getInt());
    assertEquals(0x7F00_0001, header.getInt());
    assertEquals(from, header.getShort() & 0xffff);
    assertEquals(to, header.getShort() & 0xffff);
    assertEquals("hello", new String(Arrays.copyOfRange(got, 28, 33), US_ASCII));
  }

  @Test
  void inForwardModeTheServersServiceIsToldItsUserToo() throws Exception {
    EchoService service = headerTeller(28 + 5);
    server =
        closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://%s@127.0.0.1:0/127.0.0.1:%d?mode=forward&proxy=2"
                        .formatted(KEY, service.port()),
                    Map.of())
                .awaitUp());
    client =
        closing(
            TestTunnel.of(
                Transport.usual(),
                "client://%s@127.0.0.1:%d/127.0.0.1:0?mode=forward"
                    .formatted(KEY, server.tunnelPort()),
                Map.of()));
    client.awaitReady();
    try (Socket user = User.connect(client.targetPort())) {
      user.getOutputStream().write("hello".getBytes(US_ASCII));
      byte[] got = user.getInputStream().readAllBytes();
      assertVersion2(got, user.getLocalPort(), client.targetPort());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "nonsense that is no header\r\n"})
  void behindABalancerWhoSendsNoHeaderIsClosedAndCounted(String first) throws Exception {
    server =
        closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://127.0.0.1:0/127.0.0.1:0?mode=reverse&accept-proxy=1",
                    Map.of())
                .awaitUp());
    for (int port : new int[] {server.targetPort(), server.tunnelPort()}) {
      try (Socket user = User.connect(port)) {
        user.getOutputStream().write(first.getBytes(US_ASCII));
        user.shutdownOutput();
        try {
          assertEquals(-1, user.getInputStream().read());
        } catch (IOException reset) {
          // As good.
        }
      }
    }
    await().until(() -> server.refused(Refusal.PROXY_HEADER) == 2);
  }

  /** From a balancer's header to the service's: the user of whom the first one tells. */
  @Test
  void theUserThatABalancerNamesReachesTheService() throws Exception {
    EchoService service = headerTeller(28 + 5);
    server =
        closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://%s@127.0.0.1:0/127.0.0.1:0?mode=reverse&accept-proxy=1"
                        .formatted(KEY),
                    Map.of())
                .awaitUp());
    // The client comes through a balancer, too: one that adds a header to each connection.
    byte[] header = "PROXY TCP4 192.0.2.200 192.0.2.1 5555 443\r\n".getBytes(US_ASCII);
    Passage balancer = closing(Passage.to(server.tunnelPort(), header));
    client =
        closing(
            TestTunnel.of(
                Transport.usual(),
                "client://%s@127.0.0.1:%d/127.0.0.1:%d?proxy=2"
                    .formatted(KEY, balancer.port(), service.port()),
                Map.of()));
    client.awaitReady();
    server.awaitReady();
    try (Socket user = User.connect(server.targetPort())) {
      user.getOutputStream()
          .write("PROXY TCP4 192.0.2.9 192.0.2.1 4711 443\r\nhello".getBytes(US_ASCII));
      byte[] got = user.getInputStream().readAllBytes();
      assertEquals(33, got.length);
      ByteBuffer told = ByteBuffer.wrap(got, 16, 12);
      assertEquals(0xC000_0209, told.getInt());
      assertEquals(0xC000_0201, told.getInt());
      assertEquals(4711, told.getShort());
      assertEquals(443, told.getShort());
    }
    assertEquals("192.0.2.200:5555", server.status().sessions().getFirst().address());
  }

  @Test
  void datagramsOfAnAddressBeyondItsLimitAreDroppedAndCounted() throws Exception {
    int target = open(closing(EchoService.echo()).port(), "&per-source=1", "");
    try (DatagramSocket first = new DatagramSocket();
        DatagramSocket second = new DatagramSocket()) {
      first.setSoTimeout(5_000);
      first.send(new DatagramPacket(ONE, 1, User.address(target)));
      first.receive(new DatagramPacket(new byte[10], 10));
      second.send(new DatagramPacket(ONE, 1, User.address(target)));
      await().until(() -> server.refused(Refusal.USER_SOURCE_LIMIT) == 1);
      assertEquals(1, server.counter("nodepass.udp.dropped", "reason", "refused"));
    }
  }
}
