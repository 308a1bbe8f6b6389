package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is to be seen between a server and a client with a key: one port, and nothing readable. */
final class WireIT extends Programs {
  private static final String KEY = "oUq0yJmXw1Hb-the-key-of-this-test-4fZ";
  private static final Map<String, String> WITH_KEY = Map.of("NODEPASS_KEY", KEY);
  private static final long GIBIBYTE = 1L << 30;

  /** Long enough that it is not there by chance, short enough to stand whole in one packet. */
  private static final String MARK = "what-the-user-says-and-nobody-else-may-read";

  /** A program that is to carry much, other than those that live for seconds. */
  private static final String ALL_COMPILERS = "-XX:TieredStopAtLevel=4";

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  WireIT() {}

  @Test
  @Timeout(240)
  void aGibibytePassesWholeEachWayInAHeapOfSixtyFourMebibytes() throws Exception {
    CompletableFuture<String> heard = new CompletableFuture<>();
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  heard.complete(hashOf(connection.getInputStream()));
                  write(connection.getOutputStream(), 2);
                }));
    Pair pair = pair(service, List.of("-Xmx64m", ALL_COMPILERS), WITH_KEY, "", "");
    try (ExecutorService threads = threads();
        Socket user = User.connect(pair.target())) {
      // Hears nothing until all has gone the other way.
      user.setSoTimeout(0);
      Future<String> up =
          threads.submit(
              () -> {
                String hash = write(user.getOutputStream(), 1);
                user.shutdownOutput();
                return hash;
              });
      String down = hashOf(user.getInputStream());
      assertEquals(up.get(), heard.get());
      assertEquals(write(OutputStream.nullOutputStream(), 2), down);
    }
  }

  /** Writes a gibibyte of that seed; its hash. */
  private static String write(OutputStream out, long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    MessageDigest digest = User.digest();
    byte[] piece = new byte[1 << 20];
    for (long left = GIBIBYTE; left > 0; left -= piece.length) {
      random.nextBytes(piece);
      digest.update(piece);
      out.write(piece);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String hashOf(InputStream in) throws IOException {
    MessageDigest digest = User.digest();
    byte[] buffer = new byte[1 << 16];
    for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
      digest.update(buffer, 0, length);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  @Test
  void clientsNeedOnePortOfTheServer() throws Exception {
    Pair pair = pair(closing(EchoService.echo()), WITH_KEY);
    talk(pair.target());
    Program server = pair.server();
    assertEquals(
        Set.of(server.port("tunnel"), server.port("target"), server.managementPort()),
        server.listeningPorts());
  }

  @Test
  void nothingReadableIsOnTheWire() throws Exception {
    String captured = capture(WITH_KEY, "");
    assertFalse(captured.contains(MARK), "the user's words");
    assertFalse(captured.contains(KEY), "the key");
    assertFalse(captured.contains("server://"), "what the sides tell each other");
  }

  /** That the test above could fail. */
  @Test
  void withoutTlsOnDataTheUsersWordsCanBeReadButNotTheKey() throws Exception {
    String captured = capture(WITH_KEY, "?data=plain");
    assertTrue(captured.contains(MARK), "the user's words");
    assertFalse(captured.contains(KEY), "the key");
  }

  /** What passes on the tunnel port from the first connection to the end, as one text. */
  private String capture(Map<String, String> environment, String query) throws Exception {
    Needs.root();
    String tcpdump = Needs.program("tcpdump");
    int tunnel = Program.freePort();
    Path file = folder.resolve("capture");
    Process capture =
        new ProcessBuilder(
                List.of(
                    tcpdump,
                    "-i",
                    "lo",
                    "-w",
                    file.toString(),
                    "-U",
                    "--immediate-mode",
                    "-B",
                    "16384",
                    "port " + tunnel))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("tcpdump").toFile())
            .start();
    try {
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> Files.readString(folder.resolve("tcpdump")).contains("listening on lo"));
      EchoService service = closing(EchoService.echo());
      Program server =
          closing(
              Program.start(
                  environment, "server://127.0.0.1:%d/127.0.0.1:0%s".formatted(tunnel, query)));
      server.awaitLine("Server started");
      Program client =
          closing(Program.start(environment, clientUrl(tunnel, service.port()) + query));
      client.awaitLine("Client started");
      server.awaitReadiness(200, Duration.ofSeconds(10));
      talk(server.port("target"));
      client.terminate();
      assertEquals(0, client.exitCode());
      server.terminate();
      assertEquals(0, server.exitCode());
    } finally {
      capture.toHandle().destroy();
      assertTrue(capture.waitFor(10, TimeUnit.SECONDS));
    }
    String all = Files.readString(file, StandardCharsets.ISO_8859_1);
    assertTrue(all.length() > 10_000, () -> "only " + all.length() + " bytes were captured");
    return all;
  }

  private static void talk(int target) throws IOException {
    byte[] mark = MARK.getBytes(US_ASCII);
    assertArrayEquals(mark, User.echo(target, mark));
    assertEquals("R:" + MARK, new String(User.ask(target, mark, 10_000), US_ASCII));
  }
}
