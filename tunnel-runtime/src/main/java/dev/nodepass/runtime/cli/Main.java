package dev.nodepass.runtime.cli;

import io.quarkus.runtime.annotations.QuarkusMain;

/** The program {@code nodepass}. */
@QuarkusMain
public final class Main {
  private Main() {}

  /** Runs the command line and exits with its code. */
  public static void main(String... args) {
    int code =
        NodePassCommand.commandLine(System.getenv(), new QuarkusLauncher(args)).execute(args);
    System.exit(code);
  }
}
