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

  private static final int LONGEST = 300;

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
    status.path("sessions").forEach(s -> sessions.add(text(s.path("name"))));
    List<Refusal> refusals = new ArrayList<>();
    status.path("refusals").forEach(r -> refusals.add(refusal(pod, r)));
    return new RuntimeState(
        pod, text(status.path("state")), text(status.path("detail")), sessions, refusals);
  }

  private static Refusal refusal(String pod, JsonNode refusal) {
    try {
      return new Refusal(
          text(refusal.path("reason")),
          text(refusal.path("text")),
          Instant.parse(refusal.path("at").asText()));
    } catch (DateTimeException wrong) {
      throw new IllegalArgumentException("the pod " + pod + " tells a time that is none", wrong);
    }
  }

  /** What pods say comes into the status of the tunnel: in one line, and not too long. */
  private static String text(JsonNode node) {
    String text = node.asText().replaceAll("\\p{Cntrl}", " ");
    return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
  }

  /** One that was turned away. */
  public record Refusal(String reason, String text, Instant at) {}
}
