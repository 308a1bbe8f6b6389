package dev.nodepass.runtime.cli;

import dev.nodepass.runtime.app.StopSignals;
import dev.nodepass.runtime.app.TunnelApplication;
import dev.nodepass.runtime.config.LogFormat;
import dev.nodepass.runtime.config.Settings;
import io.quarkus.runtime.Quarkus;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/** Starts Quarkus, told by system properties what it reads before any bean exists. */
final class QuarkusLauncher implements Launcher {
  private final String[] arguments;

  /**
   * @param arguments the command line, whose URL still has its key: the settings show it no more
   */
  QuarkusLauncher(String... arguments) {
    this.arguments = arguments.clone();
  }

  @Override
  public int launch(Settings settings) {
    setIfAbsent(
        "quarkus.vertx.event-loops-pool-size",
        Integer.toString(Runtime.getRuntime().availableProcessors()));
    setIfAbsent("quarkus.log.category.\"dev.nodepass\".level", settings.logLevel().name());
    setIfAbsent(
        "quarkus.log.console.json.enabled",
        Boolean.toString(settings.logFormat() == LogFormat.JSON));
    // Until the tunnel hears the signals itself nothing runs that could be drained. Java's own
    // handler
    // would wait in Quarkus's shutdown hook for an application that is only starting.
    StopSignals.onEach(() -> Runtime.getRuntime().halt(0));
    AtomicInteger exit = new AtomicInteger();
    Quarkus.run(
        TunnelApplication.class,
        (code, error) -> {
          exit.set(error == null ? code : 2);
          if (error != null) {
            Logger.getLogger(QuarkusLauncher.class).fatal("this is a defect", error);
          }
        },
        arguments);
    return exit.get();
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
