package dev.nodepass.runtime.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test in which this process logged a stack trace, which it does for its own mistakes only.
 * Holds for every test: JUnit finds it by META-INF/services.
 */
public final class DefectCheck implements BeforeAllCallback, AfterEachCallback {
  private static final Queue<String> TRACES = new ConcurrentLinkedQueue<>();
  private static final Handler HANDLER = new Traces();

  /** Held, since a logger that nobody holds may be forgotten with its handlers. */
  private static final List<Logger> LOGGERS =
      List.of(
          Logger.getLogger("dev.nodepass"),
          Logger.getLogger("io.netty"),
          Logger.getLogger("io.vertx"));

  /** Collects them. */
  private static final class Traces extends Handler {
    @Override
    public void publish(LogRecord line) {
      Throwable thrown = line.getThrown();
      if (thrown != null
          && !isAfterTheEnd(thrown)
          && !isClosedWithItsPort(line)
          && line.getLevel().intValue() >= Level.WARNING.intValue()) {
        TRACES.add(line.getLoggerName() + ": " + line.getMessage() + ": " + thrown);
      }
    }

    /**
     * A test ends its event loops while the process lives on; what is still on its way to them then
     * is refused by Netty. The program's loops end with its process.
     */
    private static boolean isAfterTheEnd(Throwable thrown) {
      return thrown instanceof RejectedExecutionException
          && "event executor terminated".equals(thrown.getMessage());
    }

    /**
     * Vert.x takes the loops away before it closes the port: who connects between the two is
     * closed. The program leaves that line out (application.properties).
     */
    private static boolean isClosedWithItsPort(LogRecord line) {
      return line.getThrown() instanceof IllegalStateException
          && line.getMessage().startsWith("Failed to register an accepted channel");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    for (Logger logger : LOGGERS) {
      logger.removeHandler(HANDLER);
      logger.addHandler(HANDLER);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) {
    List<String> traces = new ArrayList<>();
    for (String trace = TRACES.poll(); trace != null; trace = TRACES.poll()) {
      traces.add(trace);
    }
    assertEquals(List.of(), traces, "stack traces in the log");
  }
}
