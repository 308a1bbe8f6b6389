package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A name server behind the tunnel, and dig before it: programs of others, UDP and TCP. */
final class ResolverIT extends Programs {
  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // JUnit sets the folder.
  ResolverIT() {}

  @Test
  void digAsksANameServerBehindTheTunnel() throws Exception {
    String dnsmasq = Needs.program("dnsmasq");
    String dig = Needs.program("dig");
    int names = nameServer(dnsmasq);
    Program server =
        closing(
            Program.start(
                Map.of("NODEPASS_KEY", Protocol2Contract.KEY), "server://127.0.0.1:0/127.0.0.1:0"));
    server.awaitLine("Server started");
    closing(
        Program.start(
            Map.of("NODEPASS_KEY", Protocol2Contract.KEY),
            clientUrl(server.port("tunnel"), names)));
    server.awaitReadiness(200, Duration.ofSeconds(10));
    String port = String.valueOf(server.port("target"));

    assertEquals(List.of("192.0.2.7"), dig(dig, port, "host.example.test", "A"));
    assertEquals(List.of("192.0.2.7"), dig(dig, port, "host.example.test", "A", "+tcp"));
    String long1 = "\"" + "a".repeat(250) + "\"";
    for (String transport : List.of("+notcp", "+tcp")) {
      List<String> texts = dig(dig, port, "long.example.test", "TXT", transport, "+bufsize=4096");
      assertEquals(8, texts.size(), texts::toString);
      assertTrue(texts.contains(long1), texts::toString);
    }
    // Two hundred questions at once, each from a port of its own.
    Path questions = folder.resolve("questions");
    Files.write(questions, java.util.Collections.nCopies(200, "host.example.test A"));
    List<String> all = dig(dig, port, "-f", questions.toString());
    assertEquals(200, all.stream().filter("192.0.2.7"::equals).count());
  }

  private int nameServer(String dnsmasq) throws Exception {
    int port = Program.freePort();
    List<String> command =
        new ArrayList<>(
            List.of(
                dnsmasq,
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--no-resolv",
                "--no-hosts",
                "--pid-file=",
                "--listen-address=127.0.0.1",
                "--bind-interfaces",
                "--log-facility=" + folder.resolve("names.log"),
                "--edns-packet-max=4096",
                "--user=root",
                "--address=/host.example.test/192.0.2.7",
                "--port=" + port));
    for (char letter = 'a'; letter < 'i'; letter++) {
      command.add("--txt-record=long.example.test," + String.valueOf(letter).repeat(250));
    }
    if (!"root".equals(System.getProperty("user.name"))) {
      command.remove("--user=root");
    }
    Process process = new ProcessBuilder(command).inheritIO().start();
    closing(() -> process.destroyForcibly().waitFor(10, TimeUnit.SECONDS));
    String dig = Needs.program("dig");
    await()
        .atMost(Duration.ofSeconds(10))
        .until(
            () ->
                dig(dig, String.valueOf(port), "host.example.test", "A")
                    .equals(List.of("192.0.2.7")));
    return port;
  }

  private static List<String> dig(String dig, String port, String... question)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of(dig, "@127.0.0.1", "-p", port, "+short", "+timeout=3", "+tries=3"));
    command.addAll(List.of(question));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    return output.lines().toList();
  }
}
