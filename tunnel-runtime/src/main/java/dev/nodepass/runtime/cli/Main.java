package dev.nodepass.runtime.cli;

import io.quarkus.runtime.annotations.QuarkusMain;
import java.security.Security;

/** The program {@code nodepass}. */
@QuarkusMain
public final class Main {
  private Main() {}

  /** Runs the command line and exits with its code. */
  public static void main(String... args) {
    // Java remembers what a name resolved to for 30 s, and that it did not for 10 s. Each attempt
    // here is to see what holds now, and how many servers a name stands for.
    Security.setProperty("networkaddress.cache.ttl", "1");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
    int code =
        NodePassCommand.commandLine(System.getenv(), new QuarkusLauncher(args)).execute(args);
    System.exit(code);
  }
}
