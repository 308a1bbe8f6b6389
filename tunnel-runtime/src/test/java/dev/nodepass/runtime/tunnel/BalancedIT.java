package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.tunnel.Balancer.Ports;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several servers behind one address: HAProxy, a program of others. */
@Timeout(150)
final class BalancedIT extends Programs {
  private static final Map<String, String> WITH_KEY = Map.of("NODEPASS_KEY", Protocol2Contract.KEY);

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  BalancedIT() {}

  private Program server(Ports ports, List<String> javaOptions, String query) throws IOException {
    return closing(Program.start(javaOptions, WITH_KEY, ports.url(query)));
  }

  private Program client(Balancer balancer, EchoService service) throws IOException {
    return closing(
        Program.start(
            WITH_KEY, clientUrl(balancer.tunnel(), service.port()) + "?http=127.0.0.1:0"));
  }

  /** Waits until each has a session of its own with as many idle connections as are wanted. */
  private static void awaitCovered(Program client, Program... servers) {
    await()
        .atMost(Duration.ofSeconds(40))
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () -> {
              assertEquals(
                  servers.length,
                  client.status().getJsonArray("sessions").size(),
                  () -> lastWords(client, servers));
              for (Program server : servers) {
                JsonArray sessions = server.status().getJsonArray("sessions");
                assertEquals(1, sessions.size());
                JsonObject session = sessions.getJsonObject(0);
                assertTrue(session.getInteger("idle") >= 16, session::encode);
                assertTrue(session.getInteger("idle") <= 2 * 16 + 8, session::encode);
              }
            });
  }

  /** A line of each: enough to see who is not there, and why. */
  private static String lastWords(Program client, Program... servers) {
    return Stream.concat(Stream.of(client), Stream.of(servers))
        .map(program -> program.lines().isEmpty() ? "nothing" : program.lines().getLast())
        .collect(Collectors.joining(" | "));
  }

  @Test
  void aServerGoesUnderLoadAndNobodyNotices() throws Exception {
    EchoService service = closing(EchoService.echo());
    Ports first = Ports.free();
    Ports second = Ports.free();
    Balancer balancer = closing(Balancer.start(folder, List.of(first, second)));
    String query = "&peers=2&drain-delay=1s&shutdown=30s";
    Program leaving = server(first, List.of(), query);
    Program staying = server(second, List.of(), query);
    Program client = client(balancer, service);
    awaitCovered(client, leaving, staying);
    leaving.awaitReadiness(200, Duration.ofSeconds(5));
    staying.awaitReadiness(200, Duration.ofSeconds(5));
    awaitBalanced(balancer, leaving, staying);

    AtomicBoolean done = new AtomicBoolean();
    CountDownLatch busy = new CountDownLatch(200);
    List<Throwable> errors = new CopyOnWriteArrayList<>();
    AtomicInteger shorts = new AtomicInteger();
    AtomicInteger after = new AtomicInteger();
    AtomicBoolean gone = new AtomicBoolean();
    List<Future<?>> all = new ArrayList<>();
    try (ExecutorService threads = threads()) {
      for (int i = 0; i < 200; i++) {
        all.add(threads.submit(() -> talk(balancer.target(), busy, done, errors)));
      }
      for (int i = 0; i < 4; i++) {
        all.add(
            threads.submit(
                () -> {
                  while (!done.get()) {
                    try {
                      boolean later = gone.get();
                      assertEquals(1, User.echo(balancer.target(), new byte[] {1})[0]);
                      shorts.incrementAndGet();
                      after.addAndGet(later ? 1 : 0);
                    } catch (IOException | RuntimeException | AssertionError failed) {
                      errors.add(failed);
                    }
                  }
                }));
      }
      try {
        busy.await();
        int onLeaving = leaving.status().getJsonObject("users").getInteger("running");
        assertTrue(onLeaving >= 80, "busy on the server that goes: " + onLeaving);
        leaving.terminate();
        leaving.awaitLine("still running: ");
        int before = staying.status().getJsonObject("users").getInteger("total");
        gone.set(true);
        await().atMost(Duration.ofSeconds(20)).until(() -> after.get() > 500 || !errors.isEmpty());
        assertEquals(List.of(), errors, balancer::output);
        assertTrue(staying.status().getJsonObject("users").getInteger("total") > before + 400);
        assertTrue(leaving.isAlive(), leaving::output);
      } finally {
        done.set(true);
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
    assertEquals(List.of(), errors);
    assertEquals(0, leaving.exitCode(), leaving::output);
    assertEquals(List.of(), leaving.linesWith("cut: "), leaving::output);
    System.out.printf(
        "a server went under 200 busy connections: 0 cut, %d short ones meanwhile, 0 failed%n",
        shorts.get());
  }

  /** Until the balancer has seen that all are ready: each has had a user. */
  private static void awaitBalanced(Balancer balancer, Program... servers) {
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () -> {
              User.echo(balancer.target(), new byte[1]);
              int idle = 0;
              for (Program server : servers) {
                idle += server.status().getJsonObject("users").getInteger("total") > 0 ? 0 : 1;
              }
              return idle == 0;
            });
  }

  /** A connection that is busy until the end, which is in order. */
  private static void talk(
      int target, CountDownLatch busy, AtomicBoolean done, List<Throwable> errors) {
    boolean counted = false;
    try (Socket user = User.connect(target)) {
      for (int i = 0; !done.get(); i = (i + 1) % 100) {
        user.getOutputStream().write(i);
        assertEquals(i, user.getInputStream().read());
        if (!counted) {
          counted = true;
          busy.countDown();
        }
        rest(50);
      }
      user.shutdownOutput();
      assertEquals(-1, user.getInputStream().read());
    } catch (IOException | AssertionError failed) {
      errors.add(failed);
      busy.countDown();
    }
  }

  @Test
  void oneClientCoversThreeServersAlsoAfterOneIsReplacedAndAfterScaling() throws Exception {
    EchoService service = closing(EchoService.echo());
    List<Ports> ports = List.of(Ports.free(), Ports.free(), Ports.free());
    Balancer balancer = closing(Balancer.start(folder, ports));
    // How many there are is told by a name; its addresses stand in a file of this test.
    Path hosts = folder.resolve("hosts");
    scale(hosts, 3);
    List<String> options = List.of("-Djdk.net.hosts.file=" + hosts);
    String query = "&peers=dns:tunnels.example.test";
    Program first = server(ports.get(0), options, query);
    Program second = server(ports.get(1), options, query);
    Program third = server(ports.get(2), options, query);
    Program client = client(balancer, service);
    awaitCovered(client, first, second, third);
    assertServes(balancer, 60);
    awaitCovered(client, first, second, third);

    third.kill();
    Program replaced = server(ports.get(2), options, query);
    awaitCovered(client, first, second, replaced);

    replaced.terminate();
    assertEquals(0, replaced.exitCode());
    scale(hosts, 2);
    first.awaitLine("servers behind this address: 2");
    second.awaitLine("servers behind this address: 2");
    awaitCovered(client, first, second);
    assertServes(balancer, 40);

    scale(hosts, 3);
    Program again = server(ports.get(2), options, query);
    awaitCovered(client, first, second, again);
    assertServes(balancer, 60);
    awaitCovered(client, first, second, again);
  }

  private static void scale(Path hosts, int count) throws IOException {
    List<String> lines = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      lines.add("192.0.2." + i + " tunnels.example.test");
    }
    Path next = hosts.resolveSibling("hosts.next");
    Files.write(next, lines);
    Files.move(next, hosts, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static void assertServes(Balancer balancer, int users) throws IOException {
    for (int i = 0; i < users; i++) {
      assertEquals(7, User.echo(balancer.target(), new byte[] {7})[0]);
    }
  }
}
