package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * HAProxy before several servers: clients and users come through it. Users go only to servers that
 * are ready. Clients go to all that have started: a server is ready only when it has a client.
 */
final class Balancer implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final int tunnel;
  private final int target;

  /**
   * The fixed ports of a server behind it.
   *
   * @param http its management port
   */
  record Ports(int tunnel, int target, int http) {
    static Ports free() throws IOException {
      return new Ports(Program.freePort(), Program.freePort(), Program.freePort());
    }

    /** What to call the server with. */
    String url(String query) {
      return "server://127.0.0.1:%d/127.0.0.1:%d?http=127.0.0.1:%d%s"
          .formatted(tunnel, target, http, query);
    }
  }

  private Balancer(Process process, Path log, int tunnel, int target) {
    this.log = log;
    this.process = process;
    this.tunnel = tunnel;
    this.target = target;
  }

  static Balancer start(Path folder, List<Ports> servers) throws IOException {
    String haproxy = Needs.program("haproxy");
    int tunnel = Program.freePort();
    int target = Program.freePort();
    StringBuilder text =
        new StringBuilder(
            """
            global
              maxconn 4000
            defaults
              mode tcp
              timeout connect 2s
              timeout client 5m
              timeout server 5m
              timeout check 1s
              retries 3
              option redispatch 1
              default-server check inter 200ms fall 1 rise 1
            """);
    side(text, "clients", tunnel, "/q/health/started", servers, Ports::tunnel);
    side(text, "users", target, "/q/health/ready", servers, Ports::target);
    Path file = folder.resolve("haproxy.cfg");
    Files.writeString(file, text);
    Path log = folder.resolve("haproxy.log");
    Process process =
        new ProcessBuilder(haproxy, "-db", "-f", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Balancer balancer = new Balancer(process, log, tunnel, target);
    await().atMost(Duration.ofSeconds(10)).until(balancer::accepts);
    return balancer;
  }

  private static void side(
      StringBuilder text,
      String name,
      int port,
      String check,
      List<Ports> servers,
      ToIntFunction<Ports> to) {
    text.append(
        """
        frontend %s
          bind 127.0.0.1:%d
          default_backend to-%s
        backend to-%s
          balance roundrobin
          option httpchk GET %s
        """
            .formatted(name, port, name, name, check));
    for (Ports server : servers) {
      text.append(
          "  server s%d 127.0.0.1:%d port %d\n"
              .formatted(server.http(), to.applyAsInt(server), server.http()));
    }
  }

  private boolean accepts() {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), tunnel)) {
      return socket.isConnected();
    } catch (IOException notYet) {
      assertTrue(process.isAlive(), "haproxy has ended");
      return false;
    }
  }

  /** Where clients come in. */
  int tunnel() {
    return tunnel;
  }

  /** Where users come in. */
  int target() {
    return target;
  }

  /** What it has to say, for the message of a failed test. */
  String output() {
    try {
      return Files.readString(log);
    } catch (IOException unreadable) {
      return unreadable.toString();
    }
  }

  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }
}
