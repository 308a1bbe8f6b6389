package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReverseReuseIT extends Protocol2Contract {
  ReverseReuseIT() {
    super(Transport.NIO, "?mode=reverse&reuse=1000", false);
  }

  /** Whichever side ends first. */
  @Test
  void usersFollowOneAnotherOnTheSameConnections() throws Exception {
    int target =
        open(
            closing(
                    EchoService.that(
                        connection -> {
                          if (connection.getInputStream().read() == 'u') {
                            connection.getInputStream().readAllBytes();
                          }
                          connection.getOutputStream().write("bye".getBytes(UTF_8));
                        }))
                .port(),
            // Or the pool would grow with the users that come in a tenth of a second.
            Map.of("MAX_POOL_CAPACITY", "16"));
    double before = opened();
    for (int i = 0; i < 200; i++) {
      boolean userFirst = i % 2 == 0;
      try (Socket user = User.connect(target)) {
        user.getOutputStream().write(userFirst ? 'u' : 's');
        if (userFirst) {
          user.shutdownOutput();
        }
        assertArrayEquals("bye".getBytes(UTF_8), user.getInputStream().readAllBytes());
      }
      await().pollInterval(Duration.ofMillis(2)).until(() -> server.status().running() == 0);
    }
    assertTrue(opened() < before + 32, "200 users took " + (opened() - before) + " connections");
  }

  private double opened() {
    return server.counter("nodepass.data.connections");
  }
}
