package dev.nodepass.runtime.cli;

import dev.nodepass.runtime.config.Setting;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code nodepass settings}: every setting, with its variable, default, values and meaning. */
@Command(name = "settings")
final class SettingsCommand implements Callable<Integer> {
  private static final int WIDTH = 100;
  private static final String INDENT = " ".repeat(16);

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec.
  SettingsCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    for (Setting setting : Setting.values()) {
      out.println(
          "%-16s%s  %s  %s"
              .formatted(
                  setting.query().isEmpty() ? "KEY@ (in front)" : setting.query(),
                  setting.variable(),
                  setting.allowed(),
                  setting.defaultText().isEmpty() ? "" : "(" + setting.defaultText() + ")")
              .stripTrailing());
      print(setting.meaning(), out);
    }
    out.flush();
    return 0;
  }

  /** Broken between words. */
  private static void print(String text, PrintWriter out) {
    StringBuilder line = new StringBuilder(INDENT);
    for (String word : text.split(" ", -1)) {
      if (line.length() + word.length() >= WIDTH) {
        out.println(line.toString().stripTrailing());
        line.setLength(INDENT.length());
      }
      line.append(word).append(' ');
    }
    out.println(line.toString().stripTrailing());
  }
}
