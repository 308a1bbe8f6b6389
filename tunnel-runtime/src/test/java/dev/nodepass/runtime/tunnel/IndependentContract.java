package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.runtime.net.LeakCheck;
import java.net.Socket;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One end of ours, the other a peer that was written from docs/protocol.md alone: the contract, and
 * what the two have to agree on beyond it.
 */
@ExtendWith(LeakCheck.class)
abstract class IndependentContract extends TunnelContract {
  static final String KEY = "a-key-of-the-tests-that-is-long-enough";

  /** Longer than any test: what ends before did not end because of it. */
  static final Map<String, String> PATIENT = Map.of("SHUTDOWN_TIMEOUT", "60s");

  TestTunnel ours;
  GoPeer theirs;

  @SuppressWarnings("NullAway.Init") // open() comes first in every test.
  IndependentContract() {}

  @BeforeAll
  static void needsGo() throws Exception {
    GoPeer.mustBeThere(GoPeer.Speaks.PROTOCOL_2);
  }

  @Override
  boolean resetsStayResets() {
    return true;
  }

  @Test
  void theSessionSpeaksProtocol2() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    assertArrayEquals(new byte[] {1, 2}, User.echo(target, new byte[] {1, 2}));
    assertEquals(2, ours.status().sessions().getFirst().protocol());
  }

  @Test
  void datagramsOfEverySizePassWhole() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    for (int length : new int[] {0, 1, 1_400, 8_000, 65_000}) {
      byte[] sent = User.bytes(length, length);
      byte[] answer = User.ask(target, sent, 5_000);
      assertEquals(length + 2, answer.length);
      assertEquals(User.hash(sent), User.hash(Arrays.copyOfRange(answer, 2, answer.length)));
    }
  }

  @Test
  void whatRunsGoesOnWhenOursDrains() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    Future<Integer> exit;
    try (Socket user = User.connect(target)) {
      isEchoed(user, 1);
      exit = ours.stop().toCompletionStage().toCompletableFuture();
      theirs.awaitLine("drain-asked");
      isEchoed(user, 2);
    }
    assertEquals(0, exit.get(20, TimeUnit.SECONDS));
  }

  @Test
  void whatRunsGoesOnWhenTheirsDrains() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    try (Socket user = User.connect(target)) {
      isEchoed(user, 1);
      theirs.terminate();
      theirs.awaitLine("drained");
      isEchoed(user, 2);
    }
    assertEquals(0, theirs.exitCode());
  }

  private static void isEchoed(Socket user, int what) throws Exception {
    user.getOutputStream().write(what);
    assertEquals(what, user.getInputStream().read());
  }
}
