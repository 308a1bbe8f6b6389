package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.LeakCheck;
import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.tls.TlsContexts;
import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Our server with our client: the contract, and what only both together promise. */
@ExtendWith(LeakCheck.class)
abstract class OwnPairContract extends TunnelContract {
  private final Transport transport;
  private TestTunnel server;
  private TestTunnel client;

  @SuppressWarnings("NullAway.Init") // open() comes first in every test.
  OwnPairContract(Transport transport) {
    this.transport = transport;
  }

  @Override
  boolean resetsStayResets() {
    return true;
  }

  @Override
  int open(int servicePort) {
    return open(servicePort, Map.of());
  }

  private int open(int servicePort, Map<String, String> environment) {
    server = closing(TestTunnel.server(transport, environment));
    client = closing(TestTunnel.client(transport, server.tunnelPort(), servicePort, environment));
    client.awaitReady();
    server.awaitReady();
    return server.targetPort();
  }

  @Test
  void sixtyFourMebibytesReachASlowReaderWholeEachWay() throws Exception {
    byte[] sent = User.bytes(64 << 20, 64);
    List<String> heard = new ArrayList<>();
    CountDownLatch done = new CountDownLatch(1);
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  String hash = readSlowly(connection.getInputStream());
                  synchronized (heard) {
                    heard.add(hash);
                  }
                  done.countDown();
                  connection.getOutputStream().write(sent);
                }));
    int target = open(service.port());
    try (Socket user = User.connect(target);
        ExecutorService writer = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> writing =
          writer.submit(
              () -> {
                user.getOutputStream().write(sent);
                user.shutdownOutput();
                return null;
              });
      done.await();
      writing.get();
      assertEquals(User.hash(sent), readSlowly(user.getInputStream()));
    }
    assertEquals(List.of(User.hash(sent)), heard);
  }

  /**
   * Reads 64 KiB at a time and rests in between, a second in all, so that the source has to wait.
   */
  private static String readSlowly(InputStream in) throws IOException {
    MessageDigest digest = User.digest();
    byte[] buffer = new byte[65_536];
    long count = 0;
    for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
      digest.update(buffer, 0, length);
      count += length;
      if (count % 1_048_576L < length) {
        rest(Duration.ofMillis(15));
      }
    }
    return java.util.HexFormat.of().formatHex(digest.digest());
  }

  private static void rest(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  /** A thousand, or with the JDK's TLS as many as get their handshake while users wait. */
  @Test
  void manyConnectionsAtOnceAreAllServed() throws Exception {
    int many = TlsContexts.engine().equals("jdk") ? 300 : 1_000;
    int target = open(closing(EchoService.echo()).port());
    CountDownLatch all = new CountDownLatch(many);
    List<Callable<Boolean>> users = new ArrayList<>();
    for (int i = 0; i < many; i++) {
      byte[] sent = User.bytes(64, i);
      users.add(
          () -> {
            try (Socket user = User.connect(target)) {
              user.getOutputStream().write(sent);
              assertArrayEquals(sent, user.getInputStream().readNBytes(sent.length));
              all.countDown();
              // Nobody leaves before everybody was served.
              assertTrue(all.await(60, java.util.concurrent.TimeUnit.SECONDS));
              user.getOutputStream().write(sent);
              assertArrayEquals(sent, user.getInputStream().readNBytes(sent.length));
            }
            return true;
          });
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Boolean> done : threads.invokeAll(users)) {
        assertTrue(done.get());
      }
    }
    awaitRest();
    assertEquals(many, server.status().total());
  }

  @Test
  void twentyThousandShortConnectionsInARowAreAllServedAndLeaveNothing() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    byte[] one = {42};
    shorts(target, one, 500);
    awaitRest();
    long before = descriptors() - poolDescriptors();
    shorts(target, one, 19_500);
    awaitRest();
    assertEquals(20_000, server.status().total());
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertTrue(descriptors() - poolDescriptors() <= before + 8, "descriptors leak"));
  }

  private static void shorts(int target, byte[] one, int count) throws Exception {
    int workers = 4;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < workers; i++) {
        all.add(
            () -> {
              for (int n = 0; n < count / workers; n++) {
                assertArrayEquals(one, User.echo(target, one));
              }
              return true;
            });
      }
      for (Future<Boolean> done : threads.invokeAll(all)) {
        assertTrue(done.get());
      }
    }
  }

  /** Both ends of every idle data connection are in this process. */
  private long poolDescriptors() {
    return (long) server.status().idle() + client.status().idle();
  }

  private static long descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    } catch (IOException noProc) {
      return 0;
    }
  }

  /** Nobody runs, nobody waits, and the pool has what it wants. */
  private void awaitRest() {
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                server.status().running() == 0
                    && client.status().running() == 0
                    && server.status().waiting() == 0
                    && client.status().idle() >= client.status().wanted()
                    && server.status().idle() == client.status().idle());
  }

  @Test
  void manyDatagramsAreInFlightAtOnce() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    try (DatagramSocket user = new DatagramSocket()) {
      user.setSoTimeout(5_000);
      user.setReceiveBufferSize(1 << 20);
      Set<Integer> missing = new HashSet<>();
      for (int i = 0; i < 100; i++) {
        byte[] one = {(byte) i};
        user.send(new DatagramPacket(one, 1, User.address(target)));
        missing.add(i);
      }
      DatagramPacket answer = new DatagramPacket(new byte[16], 16);
      while (!missing.isEmpty()) {
        user.receive(answer);
        assertEquals(3, answer.getLength());
        missing.remove(answer.getData()[2] & 0xff);
      }
    }
  }

  @Test
  void usersBeyondTheLimitWaitForAPlace() throws Exception {
    int target = open(closing(EchoService.echo()).port(), Map.of("SEMAPHORE_LIMIT", "2"));
    try (Socket first = User.connect(target);
        Socket second = User.connect(target)) {
      first.getOutputStream().write(1);
      second.getOutputStream().write(1);
      assertEquals(1, first.getInputStream().read());
      assertEquals(1, second.getInputStream().read());
      try (Socket third = User.connect(target)) {
        third.getOutputStream().write(3);
        await().until(() -> server.status().waiting() == 1);
        first.shutdownOutput();
        assertEquals(3, third.getInputStream().read());
      }
    }
  }

  @Test
  void aDrainLetsRunningConnectionsFinish() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    try (Socket user = User.connect(target)) {
      user.getOutputStream().write(1);
      assertEquals(1, user.getInputStream().read());
      io.vertx.core.Future<Integer> exit = server.stop();
      await().until(() -> server.status().state().equals("draining"));
      assertThrows(IOException.class, () -> User.echo(target, new byte[1]));
      user.getOutputStream().write(2);
      assertEquals(2, user.getInputStream().read());
      user.shutdownOutput();
      assertEquals(-1, user.getInputStream().read());
      await().until(exit::isComplete);
      assertEquals(0, exit.result());
    }
  }
}
