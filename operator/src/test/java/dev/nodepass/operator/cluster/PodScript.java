package dev.nodepass.operator.cluster;

import dev.nodepass.operator.cluster.PodScript.Life.Running;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pod is to play. A pod is ready when it runs and has a session.
 *
 * @param answers whether {@code /status} gives an answer
 * @param sessions names of those at the other end
 * @param refusals what was turned away, the oldest first
 * @param state as {@code /status} has it; what goes with the sessions, if null
 * @param detail why it is not ready; what goes with the sessions, if null
 */
public record PodScript(
    Life life,
    boolean answers,
    List<String> sessions,
    List<Refusal> refusals,
    @Nullable String state,
    @Nullable String detail) {

  /** One that was turned away. */
  public record Refusal(String reason, String text, Instant at) {}

  /** What the container does. */
  public sealed interface Life {
    /** It runs. */
    record Running() implements Life {}

    /** It ends again and again, with these words. */
    record CrashLoop(String text) implements Life {}

    /** Its image cannot be had. */
    record ImagePull(String text) implements Life {}

    /** There is no node for it. */
    record Unschedulable(String text) implements Life {}
  }

  static final PodScript QUIET =
      new PodScript(new Running(), true, List.of(), List.of(), null, null);

  public PodScript {
    sessions = List.copyOf(sessions);
    refusals = List.copyOf(refusals);
  }

  boolean ready() {
    return life instanceof Running && !sessions.isEmpty();
  }

  PodScript as(Life other) {
    return new PodScript(other, answers, sessions, refusals, state, detail);
  }

  PodScript answering(boolean now) {
    return new PodScript(life, now, sessions, refusals, state, detail);
  }

  PodScript with(List<String> names) {
    return new PodScript(life, answers, names, refusals, state, detail);
  }

  PodScript refusing(List<Refusal> all) {
    return new PodScript(life, answers, sessions, all, state, detail);
  }

  PodScript saying(String newState, String newDetail) {
    return new PodScript(life, answers, sessions, refusals, newState, newDetail);
  }
}
