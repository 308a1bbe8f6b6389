package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Whoever has no right to come in, in all the ways to try, while the users of a client go on. */
@Timeout(120)
final class StrangersIT {
  private static final String KEY = "the-key-of-alice-0123456789";
  private static final String ENDED = "the-key-of-bob-which-is-over";
  private static final String ENDING = "the-key-of-carol-ends-soon";

  @RegisterExtension final Resources resources = new Resources();

  private TestTunnel server;
  private TestTunnel client;
  private LogLines log;

  @SuppressWarnings("NullAway.Init") // Made before each test.
  StrangersIT() {}

  @BeforeEach
  void open(@TempDir Path folder) throws Exception {
    Path keys = folder.resolve("keys");
    Files.writeString(
        keys,
        """
        alice %s
        bob %s 2020-01-01T00:00:00Z
        carol %s %s
        """
            .formatted(KEY, ENDED, ENDING, Instant.now().plusSeconds(4)));
    log = resources.closing(new LogLines());
    EchoService service = resources.closing(EchoService.echo());
    Map<String, String> environment = Map.of("SHUTDOWN_TIMEOUT", "500ms", "REPORT_INTERVAL", "3s");
    server =
        resources.closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://127.0.0.1:0/127.0.0.1:0?key-file=" + keys,
                    environment)
                .awaitUp());
    client =
        resources.closing(
            TestTunnel.of(
                Transport.usual(),
                "client://%s@127.0.0.1:%d/127.0.0.1:%d?name=alice"
                    .formatted(KEY, server.tunnelPort(), service.port()),
                Map.of()));
    client.awaitReady();
    server.awaitReady();
  }

  private HandMadeClient control() throws Exception {
    return resources.closing(HandMadeClient.control(server.tunnelPort()));
  }

  private HandMadeClient data() throws Exception {
    return resources.closing(HandMadeClient.data(server.tunnelPort()));
  }

  /** With the key of alice. */
  private static HandMadeClient.Granted taken(HandMadeClient by) throws Exception {
    return by.taken(by.introduction(KEY, "alice"));
  }

  /** The verdict on an introduction, after which the server closes. */
  private static String verdict(HandMadeClient on, String introduction) throws IOException {
    on.send(introduction);
    String verdict = on.readLine();
    on.awaitEnd();
    return verdict;
  }

  private void onlyTheGoodClientIsThereAndServesUsers() throws IOException {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(() -> server.status().sessions().size() == 1 && server.status().eligible() == 1);
    for (int i = 0; i < 40; i++) {
      byte[] sent = User.bytes(100, i);
      assertArrayEquals(sent, User.echo(server.targetPort(), sent));
    }
    assertEquals("alice", server.status().sessions().getFirst().name());
    assertEquals(1, client.status().sessions().size());
    assertEquals(0, client.refusals().size(), () -> client.refusals().toString());
  }

  private void assertCounted(Refusal reason, int times) {
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(() -> assertEquals(times, server.refused(reason)));
    for (Refusal other : Refusal.values()) {
      if (other != reason) {
        assertEquals(0, server.refused(other), other::label);
      }
    }
    assertEquals(times, server.refusals().size());
  }

  // ---- proofs

  @Test
  void aProofThatWasSeenOnAnotherConnectionIsRefused() throws Exception {
    HandMadeClient first = control();
    String introduction = first.introduction(KEY, "alice");
    taken(first, introduction);

    String verdict = verdict(control(), introduction);

    assertTrue(verdict.startsWith("refused://unauthorized"), verdict);
    first.close();
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.UNAUTHORIZED, 1);
  }

  private static void taken(HandMadeClient by, String introduction) throws IOException {
    assertTrue(!by.taken(introduction).id().isEmpty());
  }

  @Test
  void anUnknownNameAWrongKeyAndAKeyThatHasEndedAreRefusedInTheSameWords() throws Exception {
    HandMadeClient unknown = control();
    String ofUnknown = verdict(unknown, unknown.introduction(KEY, "zed"));
    HandMadeClient wrong = control();
    String ofWrong = verdict(wrong, wrong.introduction("not-the-key-of-alice-0123", "alice"));
    HandMadeClient ended = control();
    String ofEnded = verdict(ended, ended.introduction(ENDED, "bob"));

    assertTrue(ofUnknown.startsWith("refused://unauthorized?text="), ofUnknown);
    assertEquals(ofUnknown.replace("'zed'", "X"), ofWrong.replace("'alice'", "X"));
    assertEquals(ofUnknown.replace("'zed'", "X"), ofEnded.replace("'bob'", "X"));
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.UNAUTHORIZED, 3);
  }

  @Test
  void whoProvesNothingIsToldThatAKeyIsNeeded() throws Exception {
    String verdict = verdict(control(), HandMadeClient.unproven());

    assertTrue(verdict.startsWith("refused://unauthorized?text="), verdict);
    assertTrue(verdict.contains("asks%20for%20a%20key"), verdict);
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.UNAUTHORIZED, 1);
  }

  @Test
  void aSessionEndsWhenItsKeyEnds() throws Exception {
    HandMadeClient carol = control();
    carol.taken(carol.introduction(ENDING, "carol"));

    assertTrue(carol.awaitLine("drain://").contains("grace=500ms"));
    carol.awaitEnd();

    HandMadeClient again = control();
    String verdict = verdict(again, again.introduction(ENDING, "carol"));
    assertTrue(verdict.startsWith("refused://unauthorized"), verdict);
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.UNAUTHORIZED, 1);
  }

  // ---- what is said before the verdict

  @Test
  void aSecondLineBehindAWrongProofIsNotHeard() throws Exception {
    HandMadeClient stranger = control();
    String wrong = stranger.introduction("not-the-key-of-alice-0123", "alice");
    String right = stranger.introduction(KEY, "alice");

    String verdict = verdict(stranger, wrong + right);

    assertTrue(verdict.startsWith("refused://unauthorized"), verdict);
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.UNAUTHORIZED, 1);
  }

  @Test
  void whoIntroducesItselfTwiceIsClosed() throws Exception {
    HandMadeClient twice = control();
    String introduction = twice.introduction(KEY, "alice");
    twice.send(introduction + introduction);
    twice.awaitEnd();

    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.CONTROL_GARBAGE, 1);
  }

  @Test
  void whoSpeaksBeforeItIntroducesItselfIsClosed() throws Exception {
    String[] openings = {
      "ping://1\n",
      "GET / HTTP/1.1\r\n\r\n",
      "\u0000\u0001\u00ff\u00fe\n",
      "client://short?v=2&nonce=1\n",
      "client://%s?v=2&nonce=%s&proof=%%\n".formatted(ProtocolLines.hex(16), ProtocolLines.hex(16)),
      "server://%s?v=2&nonce=%s\n".formatted(ProtocolLines.hex(16), ProtocolLines.hex(16)),
      "\n",
    };
    for (String opening : openings) {
      assertEquals("", verdict(control(), opening), opening);
    }
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.CONTROL_GARBAGE, openings.length);
  }

  @Test
  void aLineWithoutEndIsCutOffSoon() throws Exception {
    HandMadeClient control = control();
    assertTrue(bytesTaken(control) < 1 << 20, "much was read");
    assertCounted(Refusal.CONTROL_GARBAGE, 1);

    HandMadeClient data = data();
    assertTrue(bytesTaken(data) < 1 << 20, "much was read");
    await().until(() -> server.refused(Refusal.DATA_GARBAGE) == 1);
    onlyTheGoodClientIsThereAndServesUsers();
  }

  /** How much of an endless line goes out before the server closes. */
  private static long bytesTaken(HandMadeClient from) {
    String piece = "x".repeat(1_000);
    long taken = 0;
    try {
      for (; taken < 100 << 20; taken += piece.length()) {
        from.send(piece);
      }
    } catch (IOException closed) {
      return taken;
    }
    return taken;
  }

  @Test
  void whoStaysSilentIsClosedAfterFiveSeconds() throws Exception {
    HandMadeClient control = control();
    HandMadeClient data = data();
    long began = System.nanoTime();
    control.awaitEnd();
    data.awaitEnd();

    long millis = (System.nanoTime() - began) / 1_000_000;
    assertTrue(millis > 3_000 && millis < 9_000, millis + " ms");
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.HANDSHAKE_TIMEOUT, 2);
  }

  @Test
  void whoSendsByteByByteHasNotMoreTimeThanOthers() throws Exception {
    HandMadeClient slow = control();
    long began = System.nanoTime();
    Thread drip =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    for (int i = 0; i < 300; i++) {
                      slow.send("c");
                      Programs.rest(50);
                    }
                  } catch (IOException closed) {
                    // As it has to be.
                  }
                });
    slow.awaitEnd();

    assertTrue((System.nanoTime() - began) / 1_000_000 < 9_000);
    drip.join();
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.HANDSHAKE_TIMEOUT, 1);
  }

  // ---- what does not suit

  @Test
  void anotherModeAndAnotherVersionAreRefusedInWords() throws Exception {
    HandMadeClient forward = control();
    String mode =
        verdict(
            forward,
            forward.introduction(ProtocolLines.hex(16), KEY, "alice", Map.of("mode", "forward")));
    assertTrue(mode.startsWith("refused://mode?text="), mode);
    assertTrue(mode.contains("reverse"), mode);
    assertCounted(Refusal.SESSION_REFUSED, 1);

    HandMadeClient newer = control();
    String version = verdict(newer, newer.introduction(KEY, "alice").replace("v=2", "v=3"));
    assertTrue(version.startsWith("refused://version?text="), version);
    assertCounted(Refusal.SESSION_REFUSED, 2);
    assertTrue(server.refusals().getLast().text().contains("speaks 3"));
    onlyTheGoodClientIsThereAndServesUsers();
  }

  // ---- data connections

  @Test
  void aTicketIsGoodForOneConnection() throws Exception {
    HandMadeClient session = control();
    HandMadeClient.Granted granted = taken(session);
    int idle = server.status().idle();
    HandMadeClient first = data();
    first.send(granted.data(1));
    await().until(() -> server.status().idle() > idle);

    HandMadeClient second = data();
    second.send(granted.data(1));
    second.awaitEnd();

    session.close();
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.TICKET, 1);
  }

  @Test
  void aTicketThatDoesNotFitIsRefused() throws Exception {
    HandMadeClient session = control();
    HandMadeClient.Granted granted = taken(session);
    HandMadeClient other = control();
    HandMadeClient.Granted others = taken(other);
    String[] lines = {
      // Of another session.
      new HandMadeClient.Granted(granted.id(), others.secret()).data(1),
      // For another number.
      granted.data(7).replace("/7?", "/8?"),
      // Drawn.
      "data://%s/1?ticket=%s\n".formatted(granted.id(), ProtocolLines.hex(32)),
      // Of no session.
      new HandMadeClient.Granted("nobody", granted.secret()).data(1),
      // Numbers begin at 1.
      granted.data(0),
    };
    for (String line : lines) {
      HandMadeClient data = data();
      data.send(line);
      data.awaitEnd();
    }
    session.close();
    other.close();
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.TICKET, lines.length);
  }

  @Test
  void aTicketIsOfNoUseWhenItsSessionHasEnded() throws Exception {
    HandMadeClient session = control();
    HandMadeClient.Granted granted = taken(session);
    session.close();
    await().until(() -> server.status().sessions().size() == 1);

    HandMadeClient late = data();
    late.send(granted.data(1));
    late.awaitEnd();

    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.TICKET, 1);
  }

  @Test
  void aDataConnectionThatSaysAnythingElseIsClosed() throws Exception {
    String[] lines = {"tcp://1\n", "GET / HTTP/1.1\r\n\r\n", "data://x\n", "data://\n", "\n"};
    for (String line : lines) {
      HandMadeClient data = data();
      data.send(line);
      data.awaitEnd();
    }
    onlyTheGoodClientIsThereAndServesUsers();
    assertCounted(Refusal.DATA_GARBAGE, lines.length);
  }

  // ---- floods

  @Test
  void aFloodOfWrongKeysIsNoFloodOfLog() throws Exception {
    long began = System.nanoTime();
    for (int i = 0; i < 60; i++) {
      try (HandMadeClient stranger = HandMadeClient.control(server.tunnelPort())) {
        verdict(stranger, stranger.introduction("not-the-key-of-alice-0123", "alice"));
      }
    }
    long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
    await().until(() -> server.refused(Refusal.UNAUTHORIZED) == 60);
    int said = log.with("the key does not match").size();
    assertTrue(said >= 1 && said <= seconds + 2, said + " lines in " + seconds + " s");
    onlyTheGoodClientIsThereAndServesUsers();
    assertNotEquals(0, server.refusals().size());
  }

  @Test
  void whoAsksAndNeverReadsTheAnswersIsNotReadFromForEver() throws Exception {
    HandMadeClient session = control();
    taken(session);
    String pings = "ping://1\n".repeat(1_000);
    AtomicLong sent = new AtomicLong();
    Thread flood =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    while (sent.get() < 200L << 20) {
                      session.send(pings);
                      sent.addAndGet(pings.length());
                    }
                  } catch (IOException closed) {
                    // As it may be.
                  }
                });
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> server.status().sessions().size() == 1 || sent.get() >= 200L << 20);
    assertTrue(sent.get() < 200L << 20, "the server reads on");
    session.socket().close();
    flood.join();
    onlyTheGoodClientIsThereAndServesUsers();
  }
}
