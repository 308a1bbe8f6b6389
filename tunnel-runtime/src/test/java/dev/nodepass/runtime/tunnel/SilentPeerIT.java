package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A host whose packets are dropped without a word: who talked to it must find out by itself. */
final class SilentPeerIT extends Programs {
  private static final int INTERVAL_MILLIS = 500;
  private static final Map<String, String> ENVIRONMENT =
      Map.of("NODEPASS_KEY", Protocol2Contract.KEY, "REPORT_INTERVAL", INTERVAL_MILLIS + "ms");

  @Test
  void aClientThatVanishesIsDeadAfterThreeIntervalsAndUsersGoElsewhere() throws Exception {
    Namespace far = closing(Namespace.make());
    EchoService near = closing(EchoService.echo());
    EchoService there = closing(EchoService.echoOn(far.here()));
    Program server =
        closing(
            Program.start(
                ENVIRONMENT, "server://%s:0/127.0.0.1:0?log=debug".formatted(far.here())));
    server.awaitLine("Server started");
    int tunnel = server.port("tunnel");
    Program vanishing =
        closing(
            Program.start(
                far.prefix(),
                List.of(),
                ENVIRONMENT,
                "client://%s:%d/%s:%d?http=off&log=debug"
                    .formatted(far.here(), tunnel, far.here(), there.port())));
    closing(
        Program.start(
            ENVIRONMENT,
            "client://%s:%d/127.0.0.1:%d?http=off&log=debug"
                .formatted(far.here(), tunnel, near.port())));
    String name = "(" + far.there() + ":";
    server.awaitLine("client connected: default " + name);
    server.awaitLine("client connected: default (" + far.here() + ":");
    int target = server.port("target");
    talk(target, 20);
    assertTrue(there.accepted() > 0 && near.accepted() > 0, "users were spread over both");

    far.cut();
    long cut = System.nanoTime();
    Program.Line dead =
        server.awaitLine("the peer was silent for " + 3 * INTERVAL_MILLIS + " ms: taken for dead");
    Duration took = Duration.ofNanos(dead.nanos() - cut);
    // Heard last up to an interval before the cut; looked for each half second at most.
    assertTrue(took.toMillis() <= 3L * INTERVAL_MILLIS + 700, "it took " + took);
    int before = there.accepted();
    long began = System.nanoTime();
    talk(target, 50);
    Duration fifty = Duration.ofNanos(System.nanoTime() - began);
    assertTrue(fifty.toSeconds() < 3, "fifty users took " + fifty);
    assertTrue(there.accepted() == before, "nobody was sent to the one that vanished");
    System.out.printf(
        "a client vanished without a word: dead after %d ms (interval %d ms)%n",
        took.toMillis(), INTERVAL_MILLIS);

    vanishing.awaitLine("taken for dead");
    far.mend();
    long mended = System.nanoTime();
    Program.Line back = awaitAfter(server, "client connected: default " + name, mended);
    assertTrue(
        Duration.ofNanos(back.nanos() - mended).toSeconds() < 20, "it came back late: " + back);
  }

  private static Program.Line awaitAfter(Program program, String text, long nanos) {
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> program.lastWith(text).nanos() > nanos);
    return program.lastWith(text);
  }

  private static void talk(int target, int users) throws Exception {
    byte[] sent = {1, 2, 3};
    for (int i = 0; i < users; i++) {
      assertArrayEquals(sent, User.echo(target, sent));
    }
  }
}
