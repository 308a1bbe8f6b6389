package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;

import dev.nodepass.runtime.client.TunnelClient;
import dev.nodepass.runtime.config.InvalidInputException;
import dev.nodepass.runtime.config.Role;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.config.SettingsParser;
import dev.nodepass.runtime.lifecycle.Runner;
import dev.nodepass.runtime.lifecycle.Tunnel;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelMetrics;
import dev.nodepass.runtime.observe.TunnelStatus;
import dev.nodepass.runtime.server.TunnelServer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** One role in this process, on a Vert.x of its own, until closed. */
final class TestTunnel implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final Vertx vertx;
  private final Tunnel tunnel;
  private final Runner runner;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Refusals refusals = new Refusals(InstantSource.system());
  private final Future<Integer> exit;
  private boolean closed;

  private TestTunnel(Transport transport, String url, Map<String, String> environment) {
    vertx = transport.start(2);
    Settings settings;
    try {
      settings = SettingsParser.parse(url, environment).settings();
    } catch (InvalidInputException wrong) {
      throw new IllegalArgumentException(wrong);
    }
    Loops loops = new Loops(vertx);
    Loop loop = loops.next();
    TunnelMetrics metrics = new TunnelMetrics(registry, refusals);
    TunnelContext context =
        new TunnelContext(
            settings, loops, metrics, System::nanoTime, InstantSource.system(), new SecureRandom());
    tunnel =
        settings.role() == Role.SERVER
            ? new TunnelServer(context, loop)
            : new TunnelClient(context, loop);
    runner = new Runner(tunnel, settings, loop, System::nanoTime, RandomGenerator.getDefault());
    exit = runner.run();
  }

  /** A server on drawn ports, listening. */
  static TestTunnel server(Transport transport, Map<String, String> environment) {
    return server(transport, "", environment);
  }

  /**
   * A server on drawn ports, listening.
   *
   * @param query options, with the question mark
   */
  static TestTunnel server(Transport transport, String query, Map<String, String> environment) {
    TestTunnel server =
        new TestTunnel(transport, "server://127.0.0.1:0/127.0.0.1:0" + query, environment);
    await().atMost(DEADLINE).until(() -> server.runner.hasBeenUp());
    return server;
  }

  /** A role as its URL says; it may not be up yet. */
  static TestTunnel of(Transport transport, String url, Map<String, String> environment) {
    return new TestTunnel(transport, url, environment);
  }

  /** Waits until its listeners are open, or it has a session. */
  TestTunnel awaitUp() {
    await().atMost(DEADLINE).pollInterval(Duration.ofMillis(5)).until(() -> runner.hasBeenUp());
    return this;
  }

  /** A client of that tunnel port, which may be nobody's yet. */
  static TestTunnel client(
      Transport transport, int tunnelPort, int servicePort, Map<String, String> environment) {
    return new TestTunnel(
        transport,
        "client://127.0.0.1:%d/127.0.0.1:%d".formatted(tunnelPort, servicePort),
        environment);
  }

  /** Waits until users can come. */
  TestTunnel awaitReady() {
    await()
        .atMost(DEADLINE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> tunnel.status().ready() && tunnel.status().idle() > 0);
    return this;
  }

  int tunnelPort() {
    return ((TunnelServer) tunnel).ports().get(0);
  }

  /** Where users go: the server's target port, or the client's in forward mode. */
  int targetPort() {
    return tunnel instanceof TunnelServer server
        ? server.ports().get(1)
        : ((TunnelClient) tunnel).userPort();
  }

  TunnelStatus status() {
    return tunnel.status();
  }

  List<Refusals.Last> refusals() {
    return refusals.last();
  }

  long refused(Refusal reason) {
    return refusals.count(reason).sum();
  }

  /** A counter's value; tags as name, value, name, value. */
  double counter(String name, String... tags) {
    return registry.get(name).tags(tags).functionCounter().count();
  }

  /** Datagrams dropped, by reason, in words. */
  String dropped() {
    StringBuilder text = new StringBuilder();
    registry
        .find("nodepass.udp.dropped")
        .functionCounters()
        .forEach(
            c -> {
              if (c.count() > 0) {
                text.append(c.getId().getTag("reason")).append('=').append(c.count()).append(' ');
              }
            });
    return text.toString();
  }

  /** Asks it to drain and stop; the exit code comes with the future. */
  Future<Integer> stop() {
    runner.stop();
    return exit;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    runner.stop();
    runner.stop();
    exit.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }
}
