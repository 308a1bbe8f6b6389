package dev.nodepass.runtime.cli;

import dev.nodepass.runtime.config.InvalidInputException;
import dev.nodepass.runtime.config.Setting;
import dev.nodepass.runtime.config.SettingsParser;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code nodepass <url>}. Everything a person can get wrong is found before Quarkus starts, and
 * answered in one line. Exit codes: 0 after a signal, 1 for what has to be corrected, 2 for a
 * crash.
 */
@Command(
    name = "nodepass",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    exitCodeOnInvalidInput = 1,
    exitCodeOnExecutionException = 2)
public final class NodePassCommand implements Callable<Integer> {
  private static final List<Setting> COMMONEST =
      List.of(
          Setting.LOG,
          Setting.MODE,
          Setting.MIN,
          Setting.MAX,
          Setting.SEMAPHORE,
          Setting.SHUTDOWN,
          Setting.HTTP,
          Setting.KEY_FILE,
          Setting.REUSE,
          Setting.PEERS);

  private final Map<String, String> environment;
  private final Launcher launcher;

  @Parameters(arity = "0..1", paramLabel = "URL")
  private String url = "";

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec.
  private NodePassCommand(Map<String, String> environment, Launcher launcher) {
    this.environment = Map.copyOf(environment);
    this.launcher = launcher;
  }

  /** The command, ready to execute. */
  static CommandLine commandLine(Map<String, String> environment, Launcher launcher) {
    CommandLine commandLine = new CommandLine(new NodePassCommand(environment, launcher));
    commandLine.addSubcommand(new KeyCommand());
    commandLine.addSubcommand(new SettingsCommand());
    commandLine.setExpandAtFiles(false);
    commandLine.setParameterExceptionHandler(
        (wrong, args) -> {
          complain(wrong.getCommandLine().getErr(), String.valueOf(wrong.getMessage()));
          return 1;
        });
    commandLine.setHelpFactory(
        (spec, colors) ->
            new CommandLine.Help(spec, colors) {
              @Override
              public String optionList() {
                return "";
              }

              @Override
              public String parameterList() {
                return "";
              }

              @Override
              public String commandList() {
                return "";
              }
            });
    CommandLine.Model.UsageMessageSpec usage = commandLine.getCommandSpec().usageMessage();
    usage.customSynopsis(
        "nodepass server://TUNNEL/TARGET[?OPTION=VALUE&...]   has the address",
        "       nodepass client://TUNNEL/TARGET[?OPTION=VALUE&...]   has the service");
    usage.footer(footer().toArray(String[]::new));
    return commandLine;
  }

  private static List<String> footer() {
    List<String> lines = new ArrayList<>();
    lines.add("Examples:");
    lines.add("  nodepass 'server://0.0.0.0:10101/0.0.0.0:8080?log=debug'");
    lines.add("  nodepass 'client://tunnel.example.com:10101/127.0.0.1:8080'");
    lines.add("Option        Variable              Default  Allowed");
    for (Setting setting : COMMONEST) {
      lines.add(
          "  %-12s%-22s%-9s%s"
              .formatted(
                  setting.query(), setting.variable(), setting.defaultText(), setting.allowed()));
    }
    lines.add("-h, --help and -V, --version. The URL's options override the variables.");
    lines.add("nodepass settings lists all options. nodepass key prints a fresh key:");
    lines.add("  give it to both sides, server://KEY@... and client://KEY@...");
    return lines;
  }

  private static void complain(PrintWriter err, String message) {
    err.println("nodepass: " + InvalidInputException.printable(message));
    err.flush();
  }

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    if (url.isEmpty()) {
      complain(err, "a URL is missing: nodepass server://… or nodepass client://…");
      spec.commandLine().usage(err);
      return 1;
    }
    try {
      return launcher.launch(SettingsParser.parse(url, environment).settings());
    } catch (InvalidInputException wrong) {
      complain(err, String.valueOf(wrong.getMessage()));
      return 1;
    }
  }
}
