package dev.nodepass.operator.status;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
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

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException when it is not what a runtime says
   */
  public static RuntimeState of(String pod, JsonNode status) {
    if (!status.path("state").isTextual()) {
      throw new IllegalArgumentException("the pod " + pod + " answers, but not with its status");
    }
    List<String> sessions = new ArrayList<>();
    status.path("sessions").forEach(s -> sessions.add(s.path("name").asText()));
    List<Refusal> refusals = new ArrayList<>();
    status.path("refusals").forEach(r -> refusals.add(refusal(pod, r)));
    return new RuntimeState(
        pod, status.path("state").asText(), status.path("detail").asText(), sessions, refusals);
  }

  private static Refusal refusal(String pod, JsonNode refusal) {
    try {
      return new Refusal(
          refusal.path("reason").asText(),
          refusal.path("text").asText(),
          Instant.parse(refusal.path("at").asText()));
    } catch (DateTimeException wrong) {
      throw new IllegalArgumentException("the pod " + pod + " tells a time that is none", wrong);
    }
  }

  /** One that was turned away. */
  public record Refusal(String reason, String text, Instant at) {}
}
