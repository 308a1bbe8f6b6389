package dev.nodepass.operator;

import dev.nodepass.operator.apply.Refusal;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;

/**
 * Says in a line why the Lease cannot be renewed, every two seconds, instead of the client's forty
 * lines of stack. A log filter, called by whichever thread logs.
 */
@LoggingFilter(name = "lease-failures")
public final class LeaseFailures implements Filter {
  private static final String ELECTION = "io.fabric8.kubernetes.client.extended.leaderelection.";

  @Override
  public boolean isLoggable(LogRecord line) {
    if (line.getThrown() instanceof KubernetesClientException failure
        && String.valueOf(line.getLoggerName()).startsWith(ELECTION)) {
      line.setMessage("the Lease is out of reach, to be tried again: " + Refusal.words(failure));
      line.setParameters(new Object[0]);
      line.setThrown(null);
    }
    return true;
  }
}
