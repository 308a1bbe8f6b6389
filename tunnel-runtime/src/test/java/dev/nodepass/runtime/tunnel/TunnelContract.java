package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What holds for users of every tunnel, whoever is at its two ends. */
@Timeout(120)
abstract class TunnelContract {
  private final List<AutoCloseable> opened = new ArrayList<>();

  /**
   * Makes a tunnel to that service and waits until it works.
   *
   * @return the target port
   */
  abstract int open(int servicePort) throws Exception;

  /** Whether a reset is seen as a reset; the Go program passes on an end at best. */
  abstract boolean resetsStayResets();

  /** Closes it after the test, the last first. */
  final <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  @AfterEach
  final void closeAll() throws Exception {
    for (AutoCloseable resource : opened.reversed()) {
      resource.close();
    }
  }

  private static byte[] hundredKilobytes() {
    return User.bytes(100_000, 7);
  }

  @Test
  void bytesComeBackAsTheyWereSent() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    for (int length : new int[] {1, 100, 65_536, 3_000_000}) {
      byte[] sent = User.bytes(length, length);
      ExecutorService writer = Executors.newVirtualThreadPerTaskExecutor();
      try (Socket user = User.connect(target);
          writer) {
        Future<?> writing = writer.submit(() -> write(user, sent));
        assertArrayEquals(sent, user.getInputStream().readNBytes(length));
        writing.get();
      }
    }
  }

  private static Void write(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return null;
  }

  @Test
  void theAnswerToAFinArrivesWhole() throws Exception {
    int target = open(closing(EchoService.answersAfterTheEnd()).port());
    byte[] sent = hundredKilobytes();
    assertArrayEquals(sent, User.sendAllThenReadAll(target, sent));
  }

  @Test
  void aServiceThatEndsFirstStillHearsTheUser() throws Exception {
    byte[] first = hundredKilobytes();
    byte[] second = User.bytes(100_000, 8);
    List<byte[]> heard = new ArrayList<>();
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  connection.getOutputStream().write(first);
                  connection.shutdownOutput();
                  byte[] all = connection.getInputStream().readAllBytes();
                  synchronized (heard) {
                    heard.add(all);
                    heard.notifyAll();
                  }
                }));
    int target = open(service.port());
    try (Socket user = User.connect(target)) {
      assertArrayEquals(first, user.getInputStream().readAllBytes());
      user.getOutputStream().write(second);
      user.shutdownOutput();
      synchronized (heard) {
        while (heard.isEmpty()) {
          heard.wait(10_000);
        }
        assertArrayEquals(second, heard.get(0));
      }
    }
  }

  @Test
  void aFinWithoutAByteIsAnswered() throws Exception {
    int target = open(closing(EchoService.speaksFirst(hundredKilobytes())).port());
    assertArrayEquals(hundredKilobytes(), User.sendAllThenReadAll(target, new byte[0]));
  }

  @Test
  void aResetByTheUserReachesTheService() throws Exception {
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  InputStream in = connection.getInputStream();
                  OutputStream out = connection.getOutputStream();
                  for (int next = in.read(); next >= 0; next = in.read()) {
                    out.write(next);
                  }
                  if (resetsStayResets()) {
                    return;
                  }
                  throw new IOException("an end, which is all that this tunnel passes on");
                }));
    int target = open(service.port());
    try (Socket user = User.connect(target)) {
      user.getOutputStream().write('x');
      assertEquals('x', user.getInputStream().read());
      user.setSoLinger(true, 0);
    }
    assertTrue(service.sawReset());
  }

  @Test
  void aResetByTheServiceReachesTheUser() throws Exception {
    EchoService service =
        closing(
            EchoService.that(
                connection -> {
                  connection.getInputStream().read();
                  connection.setSoLinger(true, 0);
                }));
    int target = open(service.port());
    try (Socket user = User.connect(target)) {
      user.getOutputStream().write('x');
      if (resetsStayResets()) {
        assertThrows(SocketException.class, () -> user.getInputStream().read());
      } else {
        try {
          assertEquals(-1, user.getInputStream().read());
        } catch (SocketException reset) {
          // Better than it has to be.
        }
      }
    }
  }

  @Test
  void aServiceThatIsNotThereEndsTheUsersConnection() throws Exception {
    int nobody;
    try (EchoService gone = EchoService.echo()) {
      nobody = gone.port();
    }
    int target = open(nobody);
    try (Socket user = User.connect(target)) {
      user.getOutputStream().write('x');
      assertEquals(-1, user.getInputStream().read());
    } catch (SocketException reset) {
      // An end or a reset, both tell the user.
    }
  }

  @Test
  void manyUsersAtOnceEachGetTheirOwnBytes() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    try (ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        byte[] sent = User.bytes(20_000, i);
        all.add(
            () -> {
              assertArrayEquals(sent, User.echo(target, sent));
              return true;
            });
      }
      for (Future<Boolean> done : users.invokeAll(all)) {
        assertTrue(done.get());
      }
    }
  }

  @Test
  void datagramsAreAnswered() throws Exception {
    int target = open(closing(EchoService.echo()).port());
    for (int length : new int[] {1, 500, 1_400, 8_000}) {
      byte[] sent = User.bytes(length, length);
      byte[] answer = askUntilAnswered(target, sent);
      assertEquals("R:", new String(answer, 0, 2, StandardCharsets.US_ASCII));
      assertEquals(
          User.hash(sent), User.hash(java.util.Arrays.copyOfRange(answer, 2, answer.length)));
    }
  }

  /** Datagrams may be lost on the way: the kernel drops them when a buffer is full. */
  private static byte[] askUntilAnswered(int target, byte[] what) throws IOException {
    for (int tries = 0; tries < 4; tries++) {
      try {
        return User.ask(target, what, 3_000);
      } catch (SocketTimeoutException lost) {
        // Once more.
      }
    }
    throw new AssertionError("no answer to a datagram of " + what.length + " bytes in four tries");
  }
}
