package dev.nodepass.operator.status;

import dev.nodepass.crds.KeySlot;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that was seen of a tunnel after applying its plan.
 *
 * @param rollout of its Deployment; null when there is none yet
 * @param tunnelService the Service for clients; null when there is none
 * @param runtimes those that answered
 * @param attempt what came of applying the plan
 * @param missing Secrets that the resource names and that are not there
 * @param keys Secrets with keys that the operator made
 */
public record Observed(
    @Nullable Rollout rollout,
    @Nullable ServiceState tunnelService,
    List<PodState> pods,
    List<RuntimeState> runtimes,
    Attempt attempt,
    List<String> missing,
    List<KeySlot> keys,
    Instant now) {

  public Observed {
    pods = pods == null ? List.of() : List.copyOf(pods);
    runtimes = runtimes == null ? List.of() : List.copyOf(runtimes);
    missing = missing == null ? List.of() : List.copyOf(missing);
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
