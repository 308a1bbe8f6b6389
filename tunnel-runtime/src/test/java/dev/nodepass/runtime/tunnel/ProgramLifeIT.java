package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The program as a process: killed, told to stop, and short of memory. */
final class ProgramLifeIT extends Programs {
  private static final Map<String, String> PATIENT = Map.of("SHUTDOWN_TIMEOUT", "60s");

  // ---- kill -9

  @Test
  void trafficFlowsAgainWithinASecondOfTheNewStartOfAKilledProgram() throws Exception {
    EchoService service = closing(EchoService.echo());
    int tunnel = Program.freePort();
    int target = Program.freePort();
    String serverUrl = "server://127.0.0.1:%d/127.0.0.1:%d".formatted(tunnel, target);
    String clientUrl = clientUrl(tunnel, service.port());
    Program server = closing(Program.start(serverUrl));
    server.awaitLine("Server started");
    Program client = closing(Program.start(clientUrl));
    client.awaitLine("Client started");

    long killed = killUnderTraffic(client, target);
    Program newClient = closing(Program.start(clientUrl));
    assertFlowsSoon(newClient.awaitLine("Client started"), killed, target);

    killed = killUnderTraffic(server, target);
    Program newServer = closing(Program.start(serverUrl));
    assertFlowsSoon(newServer.awaitLine("Server started"), killed, target);
    newClient.awaitLine("Client restarted");
  }

  /**
   * Every user's connection breaks, none hangs.
   *
   * @return when, of {@link System#nanoTime()}
   */
  private long killUnderTraffic(Program program, int target) throws Exception {
    CountDownLatch busy = new CountDownLatch(4);
    List<Future<?>> users = new ArrayList<>();
    try (ExecutorService threads = threads()) {
      for (int i = 0; i < 4; i++) {
        users.add(threads.submit(() -> talkUntilBroken(target, busy)));
      }
      assertTrue(busy.await(20, TimeUnit.SECONDS), "no traffic");
      long killed = System.nanoTime();
      program.kill();
      for (Future<?> user : users) {
        user.get(10, TimeUnit.SECONDS);
      }
      return killed;
    }
  }

  private static void talkUntilBroken(int target, CountDownLatch busy) {
    byte[] sent = User.bytes(10_000, target);
    try (Socket user = User.connect(target)) {
      for (int round = 0; ; round++) {
        user.getOutputStream().write(sent);
        byte[] back = user.getInputStream().readNBytes(sent.length);
        if (back.length < sent.length) {
          return;
        }
        assertArrayEquals(sent, back);
        if (round == 10) {
          busy.countDown();
        }
      }
    } catch (IOException broken) {
      // As it has to be.
    }
  }

  /**
   * Within a second; or, where a busy machine takes more than five to start a program, within a
   * fifth of the outage: the client's back-off is a tenth of the time it has been trying. The JDK's
   * TLS, which a new JVM has to load and interpret first, gets two seconds.
   */
  private static void assertFlowsSoon(Program.Line started, long killed, int target)
      throws IOException {
    byte[] sent = User.bytes(1_000, 5);
    assertArrayEquals(sent, User.echo(target, sent));
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started.nanos());
    long outage = TimeUnit.NANOSECONDS.toMillis(started.nanos() - killed);
    assertTrue(
        millis <= Math.max(Transport.usual() == Transport.NIO ? 2_000 : 1_000, outage / 5),
        "%d ms after the start, which took %d ms".formatted(millis, outage));
  }

  // ---- SIGTERM

  @Test
  void aServerThatIsToldToStopLetsADownloadFinish() throws Exception {
    byte[] sent = User.bytes(8 << 20, 8);
    CountDownLatch begun = new CountDownLatch(1);
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  connection.getInputStream().read();
                  begun.countDown();
                  writeSlowly(connection, sent);
                }));
    Pair pair = pair(service, PATIENT);
    try (ExecutorService threads = threads()) {
      Future<byte[]> download =
          threads.submit(() -> User.sendAllThenReadAll(pair.target(), new byte[] {'x'}));
      begun.await();
      pair.server().terminate();
      pair.server().awaitLine("Server shutting down");
      pair.server().awaitLine("still running");
      assertEquals(User.hash(sent), User.hash(download.get()));
    }
    assertStopped(pair.server(), "Server");
    assertTrue(pair.client().isAlive());
    assertEquals(List.of(), pair.server().linesWith("cut"));
  }

  @Test
  void aClientThatIsToldToStopLetsAnUploadFinishAndItsAnswer() throws Exception {
    byte[] sent = User.bytes(8 << 20, 9);
    CountDownLatch begun = new CountDownLatch(1);
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  MessageDigest digest = User.digest();
                  InputStream in = connection.getInputStream();
                  digest.update((byte) in.read());
                  begun.countDown();
                  digest.update(in.readAllBytes());
                  String hash = HexFormat.of().formatHex(digest.digest());
                  connection.getOutputStream().write(hash.getBytes(StandardCharsets.US_ASCII));
                }));
    Pair pair = pair(service, PATIENT);
    try (ExecutorService threads = threads();
        Socket user = User.connect(pair.target())) {
      Future<?> upload =
          threads.submit(
              () -> {
                writeSlowly(user, sent);
                user.shutdownOutput();
                return null;
              });
      begun.await();
      pair.client().terminate();
      pair.client().awaitLine("still running");
      upload.get();
      String hash = new String(user.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertEquals(User.hash(sent), hash);
    }
    assertStopped(pair.client(), "Client");
    assertTrue(pair.server().isAlive());
    assertEquals(List.of(), pair.client().linesWith("cut"));
  }

  /** In about two seconds. */
  private static void writeSlowly(Socket socket, byte[] all) throws IOException {
    int pieces = 32;
    int length = all.length / pieces;
    for (int i = 0; i < pieces; i++) {
      socket.getOutputStream().write(all, i * length, length);
      rest(60);
    }
  }

  private static void assertStopped(Program program, String title) throws Exception {
    assertEquals(0, program.exitCode(), program::output);
    assertEquals(1, program.linesWith(title + " shutting down").size(), program::output);
    assertEquals(1, program.linesWith(title + " shutdown complete").size(), program::output);
  }

  @Test
  void whatStillRunsAfterTheTimeoutIsCutAndCounted() throws Exception {
    Pair pair = pair(closing(EchoService.echo()), Map.of("SHUTDOWN_TIMEOUT", "1s"));
    try (Socket user = endlessUser(pair)) {
      pair.server().terminate();
      long began = pair.server().awaitLine("Server shutting down").nanos();
      long ended = pair.server().awaitLine("Server shutdown complete").nanos();
      assertStopped(pair.server(), "Server");
      assertEquals(1, pair.server().linesWith("  WARN  cut: 1 connection, because").size());
      long millis = TimeUnit.NANOSECONDS.toMillis(ended - began);
      assertTrue(millis >= 900 && millis < 4_000, "after " + millis + " ms");
      assertEnds(user);
    }
  }

  @Test
  void aSecondSignalCutsAtOnce() throws Exception {
    Pair pair = pair(closing(EchoService.echo()), PATIENT);
    try (Socket user = endlessUser(pair)) {
      pair.client().terminate();
      pair.client().awaitLine("still running");
      long second = System.nanoTime();
      pair.client().terminate();
      assertStopped(pair.client(), "Client");
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - second);
      assertTrue(millis < 3_000, "after " + millis + " ms");
      assertTrue(pair.client().awaitLine("  WARN  cut: ").text().contains("1 connection"));
      assertEnds(user);
    }
  }

  private static Socket endlessUser(Pair pair) throws IOException {
    Socket user = User.connect(pair.target());
    user.getOutputStream().write('x');
    assertEquals('x', user.getInputStream().read());
    return user;
  }

  private static void assertEnds(Socket user) throws IOException {
    try {
      assertEquals(-1, user.getInputStream().read());
    } catch (SocketException reset) {
      // Better than it has to be.
    }
  }

  @Test
  void usersAreStillTakenDuringTheDrainDelayAndNotAfterIt() throws Exception {
    Pair pair = pair(closing(EchoService.echo()), List.of(), PATIENT, "?drain-delay=1s", "");
    byte[] sent = User.bytes(1_000, 6);
    try (Socket before = endlessUser(pair)) {
      pair.server().terminate();
      pair.server().awaitLine("new users are taken for another 1000 ms");
      assertArrayEquals(sent, User.echo(pair.target(), sent));
      assertEquals(503, pair.server().get("/q/health/ready").statusCode());
      assertEquals("draining", pair.server().status().getString("state"));
      pair.server().awaitLine("still running");
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () -> assertThrows(ConnectException.class, () -> User.echo(pair.target(), sent)));
      before.getOutputStream().write('y');
      assertEquals('y', before.getInputStream().read());
    }
    assertStopped(pair.server(), "Server");
  }

  @Test
  void aSignalDuringTheStartStopsTheProgram() throws Exception {
    Program server = closing(Program.start("server://127.0.0.1:0/127.0.0.1:0?log=debug"));
    // The first line, long before the listeners are open.
    server.awaitLine("setting log comes from the URL");
    server.terminate();
    assertEquals(0, server.exitCode(), server::output);
  }

  // ---- memory

  @Test
  void sixtyFourMebibytesPassToASlowReaderEachWayInAHeapOfSixtyFour() throws Exception {
    byte[] sent = User.bytes(64 << 20, 64);
    String hash = User.hash(sent);
    List<String> heard = new ArrayList<>();
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  String up = readSlowly(connection.getInputStream());
                  synchronized (heard) {
                    heard.add(up);
                  }
                  connection.getOutputStream().write(sent);
                }));
    Pair pair = pair(service, List.of("-Xmx64m"), Map.of(), "", "");
    try (ExecutorService threads = threads();
        Socket user = User.connect(pair.target())) {
      Future<?> upload =
          threads.submit(
              () -> {
                user.getOutputStream().write(sent);
                user.shutdownOutput();
                return null;
              });
      assertEquals(hash, readSlowly(user.getInputStream()));
      upload.get();
    }
    synchronized (heard) {
      assertEquals(List.of(hash), heard);
    }
    for (Program program : List.of(pair.server(), pair.client())) {
      assertTrue(program.isAlive(), program::output);
      assertEquals(200, program.get("/q/health/live").statusCode());
      assertEquals(List.of(), program.linesWith("OutOfMemoryError"));
    }
  }

  /** With a rest after each MiB, so that the source has to wait. */
  private static String readSlowly(InputStream in) throws IOException {
    MessageDigest digest = User.digest();
    byte[] buffer = new byte[65_536];
    long count = 0;
    for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
      digest.update(buffer, 0, length);
      count += length;
      if (count % (1 << 20) < length) {
        rest(15);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
