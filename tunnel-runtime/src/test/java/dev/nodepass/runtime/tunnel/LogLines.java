package dev.nodepass.runtime.tunnel;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.formatters.PatternFormatter;

/** What this process logs from its making to its close. Thread-safe. */
final class LogLines extends Handler implements AutoCloseable {
  private static final Logger LOG = Logger.getLogger("dev.nodepass");

  private final Formatter message = new PatternFormatter("%m");
  private final List<String> lines = new CopyOnWriteArrayList<>();

  LogLines() {
    LOG.addHandler(this);
  }

  @Override
  public void publish(LogRecord line) {
    lines.add(line.getLevel() + " " + message.format(line));
  }

  /** Those that have this in them, with their level. */
  List<String> with(String part) {
    return lines.stream().filter(line -> line.contains(part)).toList();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    LOG.removeHandler(this);
  }
}
