package dev.nodepass.runtime.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.config.Setting;
import dev.nodepass.runtime.config.Settings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class NodePassCommandTest {
  private static final Launcher MUST_NOT_RUN =
      settings -> {
        throw new AssertionError("launched: " + settings.url());
      };

  private static final String EXAMPLES =
      "server://0.0.0.0:10101/127.0.0.1:8080 or client://example.com:10101/127.0.0.1:8080";

  private record Answer(int code, String out, String err) {}

  private static Answer run(Launcher launcher, Map<String, String> environment, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine commandLine = NodePassCommand.commandLine(environment, launcher);
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    int code = commandLine.execute(args);
    return new Answer(code, out.toString(), err.toString());
  }

  private static Arguments wrong(String arguments, String answer) {
    return Arguments.of(arguments, "", answer);
  }

  private static Arguments wrongVariable(String variable, String answer) {
    return Arguments.of("server://a:1/b:2", variable, answer);
  }

  private static Stream<Arguments> wrongCommandLines() {
    return Stream.of(
        wrong(
            "server",
            "URL: 'server' is not valid: it must be server://… or client://…, for example "
                + EXAMPLES),
        wrong(
            "http://a:1/b:2",
            "URL scheme: 'http' is not valid: it must be server or client, for example "
                + EXAMPLES),
        wrong(
            "server://0.0.0.0/127.0.0.1:8080",
            "tunnel address: '0.0.0.0' is not valid: it must be host:port (the port is missing),"
                + " for example 10.1.0.1:10101"),
        wrong(
            "server://0.0.0.0:10101/127.0.0.1",
            "target address: '127.0.0.1' is not valid: it must be host:port (the port is missing),"
                + " for example 127.0.0.1:8080"),
        wrong(
            "server://0.0.0.0:10101",
            "target address: it is missing from 'server://0.0.0.0:10101': write it after the tunnel"
                + " address, for example server://0.0.0.0:10101/127.0.0.1:8080"),
        wrong(
            "client://h:70000/127.0.0.1:80",
            "tunnel address: 'h:70000' is not valid: it must be host:port with a port from 0 to"
                + " 65535, for example 10.1.0.1:10101"),
        wrong(
            "client://::1:10101/127.0.0.1:80",
            "tunnel address: '::1:10101' is not valid: it must be host:port, an IPv6 address in"
                + " brackets, for example [::1]:8080"),
        wrong(
            "client://[::1/127.0.0.1:80",
            "tunnel address: '[::1' is not valid: it must be [IPv6 address]:port, for example"
                + " [::1]:10101"),
        wrong(
            "client://256.1.1.1:1/b:2",
            "tunnel address: '256.1.1.1:1' is not valid: it must be a host name, an IPv4 address or"
                + " [IPv6], then :port, for example 10.1.0.1:10101"),
        wrong(
            "client://h:0/127.0.0.1:80",
            "tunnel address: 'h:0' is not valid: it must be an address that can be dialled, for"
                + " example example.com:10101"),
        wrong(
            "client://key@h:1/127.0.0.1:80",
            "key: it has fewer than 20 characters, so that whoever pretends to be the server could"
                + " guess it; 'nodepass key' prints a good one, or say who the server is by pin= or"
                + " ca="),
        wrong(
            "server://:10101/:10101",
            "target address: ':10101' is not valid: it must be another port than the tunnel"
                + " address, for example :8080"),
        wrong(
            "server://a:1/b:2#x",
            "URL: 'server://a:1/b:2#x' is not valid: it must be without a fragment ('#…'), for"
                + " example "
                + EXAMPLES),
        wrong(
            "server://a:1/b:2?lgo=debug",
            "URL option: 'lgo' is not valid: it must be a known option (did you mean 'log'?), for"
                + " example ?log=debug"),
        wrong(
            "server://a:1/b:2?min=1&min=2",
            "URL option: 'min' is not valid: it must be given once, for example ?min=16"),
        wrong(
            "server://a:1/b:2?log=%zz",
            "URL option: '%zz' is not valid: it must be text in which '%' stands before two hex"
                + " digits, for example ?log=debug"),
        wrong(
            "server://a:1/b:2?min=0",
            "URL option min: '0' is not valid: it must be a whole number from 1 to 65535, for"
                + " example ?min=16"),
        wrong(
            "server://a:1/b:2?interval=5",
            "URL option interval: '5' is not valid: it must be a duration with a unit (ms, s, m, h)"
                + " from 100ms to 1h, for example ?interval=5s"),
        wrong(
            "server://a:1/b:2?mode=both",
            "URL option mode: 'both' is not valid: it must be one of auto, reverse, forward, for"
                + " example ?mode=reverse"),
        wrong(
            "server://a:1/b:2?remote=9-1",
            "URL option remote: '9-1' is not valid: it must be a port from 1 to 65535, or a range"
                + " first-last that does not run down, for example ?remote=10102-10110"),
        wrong(
            "server://a:1/b:2?http=nowhere",
            "URL option http: 'nowhere' is not valid: it must be off, a port, or host:port, for"
                + " example ?http=127.0.0.1:9000"),
        wrong("server://a:1/b:2 extra", "Unmatched argument at index 1: 'extra'"),
        wrong("--port 1", "Unknown option: '--port'"),
        wrong("-x", "Unknown option: '-x'"),
        wrongVariable(
            "REPORT_INTERVAL=5",
            "variable REPORT_INTERVAL: '5' is not valid: it must be a duration with a unit (ms, s,"
                + " m, h) from 100ms to 1h, for example REPORT_INTERVAL=5s"),
        wrongVariable(
            "MIN_POOL_CAPACITY=many",
            "variable MIN_POOL_CAPACITY: 'many' is not valid: it must be a whole number from 1 to"
                + " 65535, for example MIN_POOL_CAPACITY=16"),
        wrongVariable(
            "SHUTDOWN_TIMEOUT=-1s",
            "variable SHUTDOWN_TIMEOUT: '-1s' is not valid: it must be a duration with a unit (ms,"
                + " s, m, h) from 0s to 24h, for example SHUTDOWN_TIMEOUT=5s"),
        wrongVariable(
            "NODEPASS_HTTP=9000000",
            "variable NODEPASS_HTTP: '9000000' is not valid: it must be off, a port, or host:port,"
                + " for example NODEPASS_HTTP=127.0.0.1:9000"));
  }

  @ParameterizedTest
  @MethodSource("wrongCommandLines")
  void aWrongCommandLineIsAnsweredInOneLineAndExits1(
      String arguments, String variable, String answer) {
    List<String> pair = List.of(variable.split("=", 2));
    Map<String, String> environment =
        variable.isEmpty() ? Map.of() : Map.of(pair.getFirst(), pair.getLast());

    Answer got = run(MUST_NOT_RUN, environment, arguments.split(" ", -1));

    assertEquals(new Answer(1, "", "nodepass: " + answer + System.lineSeparator()), got);
  }

  @Test
  void noArgumentIsAnsweredWithAMessageAndTheUsage() {
    Answer got = run(MUST_NOT_RUN, Map.of());

    assertEquals(1, got.code());
    assertEquals("", got.out());
    assertEquals(
        "nodepass: a URL is missing: nodepass server://… or nodepass client://…",
        got.err().lines().findFirst().orElse(""));
    assertTrue(got.err().endsWith(run(MUST_NOT_RUN, Map.of(), "--help").out()), got.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "-h"})
  void helpFitsAScreen(String option) {
    Answer got = run(MUST_NOT_RUN, Map.of(), option);

    assertEquals(0, got.code());
    assertEquals("", got.err());
    assertTrue(got.out().lines().count() <= 24, got.out());
    assertTrue(got.out().lines().allMatch(line -> line.length() <= 80), got.out());
  }

  @Test
  void settingsNamesThemAllAndWhatTheyMean() {
    Answer got = run(MUST_NOT_RUN, Map.of(), "settings");

    assertEquals(0, got.code());
    assertEquals("", got.err());
    assertTrue(got.out().lines().allMatch(line -> line.length() <= 100), got.out());
    String joined = got.out().replaceAll("\\s+", " ");
    for (Setting setting : Setting.values()) {
      assertTrue(joined.contains(setting.query()), setting.query());
      assertTrue(joined.contains(setting.variable()), setting.variable());
      assertTrue(joined.contains(setting.allowed()), setting.allowed());
      assertTrue(joined.contains(setting.meaning()), setting.meaning());
    }
  }

  @Test
  void keyPrintsAFreshOneAndNothingElse() {
    Answer first = run(MUST_NOT_RUN, Map.of(), "key");
    Answer second = run(MUST_NOT_RUN, Map.of(), "key");

    assertEquals(0, first.code());
    assertEquals("", first.err());
    assertTrue(first.out().matches("[A-Za-z0-9_-]{43}\\R"), "a key of another form");
    assertNotEquals(first.out(), second.out());
    String url = "server://" + first.out().strip() + "@a:1/b:2";
    assertEquals(0, run(settings -> 0, Map.of(), url).code());
  }

  @Test
  void theExamplesOfTheHelpAreRight() {
    List<String> examples =
        run(MUST_NOT_RUN, Map.of(), "--help")
            .out()
            .lines()
            .filter(line -> line.startsWith("  nodepass '"))
            .map(line -> line.substring(line.indexOf('\'') + 1, line.lastIndexOf('\'')))
            .toList();

    assertEquals(2, examples.size());
    for (String example : examples) {
      assertEquals(0, run(settings -> 0, Map.of(), example).code());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void theVersionIsTheBuilds(String option) {
    Answer got = run(MUST_NOT_RUN, Map.of(), option);

    assertEquals(0, got.code());
    assertTrue(got.out().strip().matches("nodepass \\d+\\.\\d+\\.\\d+\\S*"), got.out());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7})
  void theLaunchersResultIsTheExitCode(int code) {
    assertEquals(
        new Answer(code, "", ""), run(settings -> code, Map.of(), "server://a:1/b:2?log=debug"));
  }

  @Test
  void theLauncherGetsTheSettingsOfUrlAndEnvironment() {
    AtomicReference<Settings> seen = new AtomicReference<>();
    run(
        settings -> {
          seen.set(settings);
          return 0;
        },
        Map.of("MIN_POOL_CAPACITY", "3"),
        "client://a:1/b:2?max=4");

    Settings settings = Objects.requireNonNull(seen.get());
    assertEquals("client://a:1/b:2?max=4", settings.url());
    assertEquals(3, settings.minPool());
    assertEquals(4, settings.maxPool());
  }

  @Test
  void anExceptionInTheLauncherExits2() {
    Launcher crashing =
        settings -> {
          throw new IllegalStateException("crash");
        };

    Answer got = run(crashing, Map.of(), "server://a:1/b:2");

    assertEquals(2, got.code());
    assertTrue(got.err().contains("crash"), got.err());
  }
}
