package dev.nodepass.operator.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.nodepass.operator.status.RuntimeState;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Whatever stands at a pod's address, the reconciler goes on. */
class HttpRuntimeReaderTest {
  private static final String GOOD =
      "{\"state\":\"listening\",\"detail\":\"\",\"sessions\":[{\"name\":\"north\"}],\"refusals\":[]}";

  private static Pod pod() {
    return new PodBuilder()
        .withNewMetadata()
        .withName("db-1")
        .endMetadata()
        .withNewStatus()
        .withPodIP("127.0.0.1")
        .endStatus()
        .build();
  }

  /** What is read from a server that sends this, and then holds its connections open. */
  private static List<RuntimeState> read(String answer) throws IOException {
    List<Socket> held = new ArrayList<>();
    try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual().start(() -> serve(server, answer, held));
      HttpRuntimeReader reader = new HttpRuntimeReader(server.getLocalPort());
      return assertTimeoutPreemptively(Duration.ofSeconds(8), () -> reader.read(List.of(pod())));
    } finally {
      for (Socket socket : held) {
        socket.close();
      }
    }
  }

  private static void serve(ServerSocket server, String answer, List<Socket> held) {
    try {
      while (!server.isClosed()) {
        Socket socket = server.accept();
        held.add(socket);
        socket.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException closed) {
      if (!server.isClosed()) {
        throw new UncheckedIOException(closed);
      }
    }
  }

  private static String http(int length, String body) {
    return String.format(
        Locale.ROOT,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        length,
        body);
  }

  @Test
  void aGoodAnswerIsRead() throws IOException {
    List<RuntimeState> read = read(http(GOOD.length(), GOOD));
    assertEquals(List.of("north"), read.getFirst().sessions());
  }

  @Test
  void oneThatHangsAfterItsHeadersIsLeftOut() throws IOException {
    assertEquals(List.of(), read(http(GOOD.length(), GOOD.substring(0, 5))));
  }

  @Test
  void oneThatSaysNothingIsLeftOut() throws IOException {
    assertEquals(List.of(), read(""));
  }

  @Test
  void oneThatNeverEndsIsLeftOut() throws IOException {
    String much = "[" + "1,".repeat(100_000);
    assertEquals(List.of(), read(http(1_000_000_000, much)));
  }

  @Test
  void oneThatIsSomethingElseIsLeftOut() throws IOException {
    assertEquals(List.of(), read(http(2, "[]")));
    assertEquals(List.of(), read(http(5, "hello")));
    assertEquals(List.of(), read("SSH-2.0-OpenSSH\r\n"));
  }

  @Test
  void whatItSaysIsCutAndInOneLine() throws IOException {
    String odd = GOOD.replace("north", "a\\u0007\\nb" + "x".repeat(5_000));
    String name = read(http(odd.length(), odd)).getFirst().sessions().getFirst();
    assertEquals("a  bxxx", name.substring(0, 7));
    assertEquals(303, name.length());
  }
}
