package dev.nodepass.operator.status;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.operator.plan.Problem;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that was seen of a tunnel after applying its plan.
 *
 * @param rollout of its Deployment; null when there is none yet
 * @param tunnelService the Service for clients; null when there is none
 * @param runtimes those that answered
 * @param problems of the resource: nothing was applied then
 * @param taken resources of others that have the names that this tunnel needs, such as {@code
 *     Service/web}
 * @param keys Secrets with keys that the operator made
 */
public record Observed(
    @Nullable Rollout rollout,
    @Nullable ServiceState tunnelService,
    List<PodState> pods,
    List<RuntimeState> runtimes,
    List<Problem> problems,
    List<String> taken,
    List<KeySlot> keys,
    Instant now) {

  public Observed {
    pods = pods == null ? List.of() : List.copyOf(pods);
    runtimes = runtimes == null ? List.of() : List.copyOf(runtimes);
    problems = problems == null ? List.of() : List.copyOf(problems);
    taken = taken == null ? List.of() : List.copyOf(taken);
    keys = keys == null ? List.of() : List.copyOf(keys);
  }

  /** Sessions of all pods together. */
  int sessions() {
    return runtimes.stream().mapToInt(r -> r.sessions().size()).sum();
  }

  int ready() {
    return rollout == null ? 0 : rollout.ready();
  }
}
