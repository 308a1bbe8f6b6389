package dev.nodepass.operator.status;

import java.time.Instant;
import java.util.List;

/**
 * What a pod's {@code /status} says. Its fields: docs/status.md.
 *
 * @param sessions names of those at the other end
 * @param refusals what was turned away last, the oldest first
 */
public record RuntimeState(
    String pod, String state, String detail, List<String> sessions, List<Refusal> refusals) {

  public RuntimeState {
    sessions = sessions == null ? List.of() : List.copyOf(sessions);
    refusals = refusals == null ? List.of() : List.copyOf(refusals);
  }

  /** One that was turned away. */
  public record Refusal(String reason, String text, Instant at) {}
}
