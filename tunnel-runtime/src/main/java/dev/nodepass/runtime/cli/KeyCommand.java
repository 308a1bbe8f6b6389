package dev.nodepass.runtime.cli;

import dev.nodepass.runtime.identity.SharedKey;
import java.io.PrintWriter;
import java.security.SecureRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code nodepass key}: prints a fresh key, and nothing else. */
@Command(name = "key")
final class KeyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec.
  KeyCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.println(SharedKey.fresh(new SecureRandom()));
    out.flush();
    return 0;
  }
}
