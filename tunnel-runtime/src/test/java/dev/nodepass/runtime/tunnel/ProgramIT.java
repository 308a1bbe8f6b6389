package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.tunnel.Program.Stdio;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The program as a process: management listener, exit codes, log. */
final class ProgramIT extends Programs {
  private static final Pattern TEXT_LINE =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3}  (DEBUG|INFO|WARN|ERROR|FATAL)  \\S.*");
  private static final String NOBODY = "client://127.0.0.1:1/127.0.0.1:1";

  // ---- management listener

  @Test
  void twoProgramsWithoutFlagsDoNotClashAndReadinessFollowsTheClient() throws Exception {
    EchoService service = closing(EchoService.echo());
    Program server = closing(Program.start("server://127.0.0.1:0/127.0.0.1:0"));
    server.awaitLine("Server started: server://127.0.0.1:0/127.0.0.1:0");
    assertEquals(503, server.get("/q/health/ready").statusCode());
    assertEquals(200, server.get("/q/health/started").statusCode());

    Program client = closing(Program.start(clientUrl(server.port("tunnel"), service.port())));
    client.awaitLine("Client started");
    server.awaitReadiness(200, Duration.ofSeconds(10));
    assertNotEquals(server.managementPort(), client.managementPort());
    for (Program program : List.of(server, client)) {
      for (String probe : List.of("live", "started", "ready")) {
        assertEquals(200, program.get("/q/health/" + probe).statusCode(), probe);
      }
      String metrics = program.get("/q/metrics").body();
      assertTrue(metrics.contains("nodepass_"), metrics);
      assertTrue(program.status().getBoolean("ready"));
    }
    assertEquals("server", server.status().getString("role"));
    assertEquals("client", client.status().getString("role"));
    assertEquals(Set.of(client.managementPort()), client.listeningPorts());
    byte[] sent = User.bytes(1_000, 1);
    assertArrayEquals(sent, User.echo(server.port("target"), sent));

    client.kill();
    server.awaitReadiness(503, Duration.ofSeconds(5));
    assertEquals(200, server.get("/q/health/live").statusCode());
  }

  @Test
  void theManagementListenerCanBeTurnedOff() throws Exception {
    Program client = closing(Program.start(NOBODY + "?http=off"));
    client.awaitLine("Client error: cannot reach the server 127.0.0.1:1: connection refused");
    assertEquals(Set.of(), client.listeningPorts());
    assertEquals(List.of(), client.linesWith("health, metrics"));
  }

  @Test
  void aManagementPortThatIsTakenIsAnErrorOfOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Program program = closing(Program.start(NOBODY + "?http=" + taken.getLocalPort()));
      assertExitsWithOneError(
          program,
          "cannot listen on the management address (option http) 127.0.0.1:%d: something else listens there already; ?http=off turns it off"
              .formatted(taken.getLocalPort()));
    }
  }

  // ---- exit codes

  private static void assertExitsWithOneError(Program program, String part) throws Exception {
    assertEquals(1, program.exitCode(), program::output);
    List<String> errors = program.linesWith("  ERROR  ");
    assertEquals(1, errors.size(), program::output);
    assertTrue(errors.get(0).contains(part), program::output);
    assertEquals(List.of(), program.lines(Stdio.ERR));
  }

  @Test
  void withoutAnArgumentTheUsageIsShown() throws Exception {
    Program program = closing(Program.start());
    assertEquals(1, program.exitCode());
    List<String> lines = program.lines(Stdio.ERR);
    assertTrue(lines.get(0).startsWith("nodepass: a URL is missing"), program::output);
    assertTrue(
        lines.stream().anyMatch(line -> line.startsWith("Usage: nodepass server://")),
        program::output);
    assertEquals(List.of(), program.lines(Stdio.OUT));
  }

  @Test
  void aWrongUrlIsAnsweredInOneLine() throws Exception {
    Program program = closing(Program.start("sever://127.0.0.1:10101/127.0.0.1:8080"));
    assertEquals(1, program.exitCode());
    List<String> lines = program.lines(Stdio.ERR);
    assertEquals(1, lines.size(), program::output);
    assertTrue(lines.get(0).startsWith("nodepass: URL scheme: 'sever'"), program::output);
    assertEquals(List.of(), program.lines(Stdio.OUT));
  }

  @Test
  void aTargetOnAnotherMachineMeansForwardMode() throws Exception {
    Program server = closing(Program.start("server://127.0.0.1:0/192.0.2.1:80"));
    server.awaitLine("  INFO  mode: forward (auto: the target 192.0.2.1:80 is not an address");
    server.awaitLine("  INFO  Server started");
  }

  @Test
  void aTargetOnWhichAServiceAnswersMeansForwardMode() throws Exception {
    EchoService service = closing(EchoService.echo());
    Program server =
        closing(
            Program.start(
                Map.of("SERVICE_COOLDOWN", "100ms"),
                "server://127.0.0.1:0/127.0.0.1:" + service.port()));
    server.awaitLine(
        "  INFO  mode: forward (auto: a service answers on the target 127.0.0.1:" + service.port());
    server.awaitLine("  INFO  Server started");
  }

  // ---- log

  @Test
  void anUnknownLogLevelIsWarnedOf() throws Exception {
    Program server = closing(Program.start("server://127.0.0.1:0/127.0.0.1:0?log=loud"));
    server.awaitLine("Server started");
    List<String> warnings = server.linesWith("  WARN  ");
    assertEquals(1, warnings.size(), server::output);
    assertTrue(warnings.get(0).contains("'loud'"), server::output);
    server.terminate();
    assertEquals(0, server.exitCode());
  }

  @Test
  void theLogTellsOfEachUserAsTextOrAsJson() throws Exception {
    EchoService service = closing(EchoService.answersAfterTheEnd());
    Pair pair = pair(service, List.of(), Map.of(), "?log=debug", "?log=debug&log-format=json");
    byte[] sent = "hello".getBytes(StandardCharsets.US_ASCII);
    assertArrayEquals(sent, User.sendAllThenReadAll(pair.target(), sent));

    Program server = pair.server();
    server.awaitLine("  DEBUG  Launch signal -> : ");
    server.awaitLine("  DEBUG  Starting exchange: ");
    String end = server.awaitLine("  DEBUG  Exchange complete: ").text();
    assertTrue(end.contains("EOF"), end);
    server.terminate();
    assertEquals(0, server.exitCode());
    for (String line : server.lines()) {
      assertTrue(TEXT_LINE.matcher(line).matches(), line);
    }

    Program client = pair.client();
    client.awaitLine("Exchange complete: ");
    client.terminate();
    assertEquals(0, client.exitCode());
    List<JsonObject> records = client.lines().stream().map(JsonObject::new).toList();
    for (String message : List.of("Launch signal <- : ", "Client shutdown complete")) {
      assertEquals(
          1,
          records.stream().filter(r -> r.getString("message").startsWith(message)).count(),
          client::output);
    }
    for (JsonObject line : records) {
      assertTrue(line.containsKey("timestamp") && line.containsKey("level"), line::encode);
    }
  }
}
