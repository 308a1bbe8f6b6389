package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Another host: a network namespace (ip-netns(8)) with one cable to this one, made for a test and
 * gone with it. Wants root.
 */
final class Namespace implements AutoCloseable {
  private final String ip;
  private final String name;
  private final int net;

  private Namespace(String ip, String name, int net) {
    this.ip = ip;
    this.name = name;
    this.net = net;
  }

  /** Leaves the test out where it cannot be made. */
  static Namespace make() throws IOException, InterruptedException {
    Needs.root();
    String ip = Needs.program("ip");
    // 198.18.0.0/15 is for tests of networks (RFC 2544).
    int net = (int) (ProcessHandle.current().pid() % 60_000) * 4;
    Namespace made = new Namespace(ip, "np" + net, net);
    made.run(ip, "netns", "add", made.name);
    made.run(
        ip,
        "link",
        "add",
        made.name + "a",
        "type",
        "veth",
        "peer",
        "name",
        made.name + "b",
        "netns",
        made.name);
    made.run(ip, "address", "add", made.here() + "/30", "dev", made.name + "a");
    made.run(ip, "link", "set", made.name + "a", "up");
    made.inside(ip, "address", "add", made.there() + "/30", "dev", made.name + "b");
    made.inside(ip, "link", "set", made.name + "b", "up");
    made.inside(ip, "link", "set", "lo", "up");
    return made;
  }

  private String address(int host) {
    int all = (198 << 24) + (18 << 16) + net + host;
    return "%d.%d.%d.%d".formatted(all >>> 24, all >> 16 & 255, all >> 8 & 255, all & 255);
  }

  /** This host's end of the cable. */
  String here() {
    return address(1);
  }

  /** The other host's end. */
  String there() {
    return address(2);
  }

  /** What to put before a command that is to run there. */
  List<String> prefix() {
    return List.of(ip, "netns", "exec", name);
  }

  /** Runs a command there, to its end. */
  void inside(String... command) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(prefix());
    all.addAll(List.of(command));
    run(all.toArray(String[]::new));
  }

  /** From now on nothing passes the cable, and nobody is told. */
  void cut() throws IOException, InterruptedException {
    String iptables = Needs.program("iptables");
    inside(iptables, "-A", "INPUT", "-i", name + "b", "-j", "DROP");
    inside(iptables, "-A", "OUTPUT", "-o", name + "b", "-j", "DROP");
  }

  /** The cable is whole again. */
  void mend() throws IOException, InterruptedException {
    inside(Needs.program("iptables"), "-F");
  }

  private void run(String... command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor(20, TimeUnit.SECONDS);
    assertEquals(0, process.exitValue(), () -> String.join(" ", command) + ": " + output);
  }

  @Override
  public void close() throws IOException {
    // Its end of the cable goes with it, and with that this one.
    new ProcessBuilder(ip, "netns", "delete", name).inheritIO().start().onExit().join();
  }
}
