package dev.nodepass.runtime.tunnel;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * What tests of the program have in common: what they opened, and pairs that are up. When one
 * fails, what its programs wrote is printed.
 */
@Timeout(90)
abstract class Programs {
  private final List<AutoCloseable> opened = new ArrayList<>();

  @RegisterExtension
  final AfterTestExecutionCallback telling =
      test -> test.getExecutionException().ifPresent(failure -> tell());

  private void tell() {
    for (AutoCloseable resource : opened) {
      if (resource instanceof Program program) {
        System.out.println(program.output());
      }
    }
  }

  /** A server and its client, which are up. */
  record Pair(Program server, Program client, int target) {}

  /** Closes it after the test, the last first. */
  final <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  /** Threads for users. */
  final ExecutorService threads() {
    return Executors.newVirtualThreadPerTaskExecutor();
  }

  final Pair pair(EchoService service, Map<String, String> environment) throws Exception {
    return pair(service, List.of(), environment, "", "");
  }

  /**
   * @param ofServer the query of the server's URL, or nothing
   * @param ofClient the same of the client's
   */
  final Pair pair(
      EchoService service,
      List<String> javaOptions,
      Map<String, String> environment,
      String ofServer,
      String ofClient)
      throws Exception {
    Program server =
        closing(
            Program.start(javaOptions, environment, "server://127.0.0.1:0/127.0.0.1:0" + ofServer));
    server.awaitLine("Server started");
    Program client =
        closing(
            Program.start(
                javaOptions,
                environment,
                clientUrl(server.port("tunnel"), service.port()) + ofClient));
    client.awaitLine("Client started");
    server.awaitReadiness(200, Duration.ofSeconds(10));
    return new Pair(server, client, server.port("target"));
  }

  static String clientUrl(int tunnelPort, int servicePort) {
    return "client://127.0.0.1:%d/127.0.0.1:%d".formatted(tunnelPort, servicePort);
  }

  /** Paces a slow transfer. */
  static void rest(int millis) throws IOException {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  @AfterEach
  final void closeAll() throws Exception {
    Throwable first = null;
    for (AutoCloseable resource : opened.reversed()) {
      try {
        resource.close();
      } catch (Exception | AssertionError failed) {
        // The rest is closed in any case: processes must not stay.
        if (first == null) {
          first = failed;
        }
      }
    }
    switch (first) {
      case null -> {}
      case Error error -> throw error;
      default -> throw (Exception) first;
    }
  }
}
