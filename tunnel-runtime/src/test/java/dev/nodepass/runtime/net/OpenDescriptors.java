package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * The process's sockets and pipes (proc(5): /proc/self/fd). Files are left out, because the JVM
 * opens jars when it likes. Where there is no /proc nothing is found and nothing is ever too many.
 */
public final class OpenDescriptors {
  private static final Path OWN = Path.of("/proc/self/fd");

  static {
    // The JDK keeps some of its own from the first socket on.
    try (ServerSocket first = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket second = new Socket(first.getInetAddress(), first.getLocalPort());
        Socket third = first.accept()) {
      second.getOutputStream().write(1);
      third.getInputStream().readNBytes(1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private OpenDescriptors() {}

  /** How many there are now. */
  public static int count() {
    return list().size();
  }

  /** Waits until there are no more than there were. */
  public static void awaitNoMoreThan(int before) {
    Awaitility.await("descriptors are closed")
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .atMost(Peer.PATIENCE)
        .untilAsserted(
            () -> {
              List<String> open = list();
              assertTrue(open.size() <= before, () -> "not " + before + " but " + open);
            });
  }

  private static List<String> list() {
    if (!Files.isDirectory(OWN)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(OWN)) {
      return entries
          .map(OpenDescriptors::target)
          .filter(target -> target.startsWith("socket:") || target.startsWith("pipe:"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path entry) {
    try {
      return Files.readSymbolicLink(entry).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }
}
