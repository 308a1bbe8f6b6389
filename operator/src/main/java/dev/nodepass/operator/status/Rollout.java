package dev.nodepass.operator.status;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import org.jspecify.annotations.Nullable;

/**
 * How far a Deployment is.
 *
 * @param current the numbers are of the Deployment's newest generation
 * @param wanted pods that there should be
 * @param replicas pods that there are
 * @param updated pods that are as they should be
 * @param ready pods through which traffic can pass
 * @param stalled why it does not go on, if it does not
 */
public record Rollout(
    boolean current, int wanted, int replicas, int updated, int ready, @Nullable String stalled) {

  /** Reads it. */
  public static Rollout of(Deployment deployment) {
    Integer wanted = deployment.getSpec().getReplicas();
    DeploymentStatus status = deployment.getStatus();
    if (status == null) {
      return new Rollout(false, wanted == null ? 1 : wanted, 0, 0, 0, null);
    }
    Long generation = deployment.getMetadata().getGeneration();
    Long observed = status.getObservedGeneration();
    return new Rollout(
        observed != null && (generation == null || observed >= generation),
        wanted == null ? 1 : wanted,
        number(status.getReplicas()),
        number(status.getUpdatedReplicas()),
        number(status.getReadyReplicas()),
        stalled(status));
  }

  private static @Nullable String stalled(DeploymentStatus status) {
    return status.getConditions().stream()
        .filter(c -> c.getType().equals("ReplicaFailure") && c.getStatus().equals("True"))
        .map(DeploymentCondition::getMessage)
        .findFirst()
        .orElse(null);
  }

  private static int number(@Nullable Integer count) {
    return count == null ? 0 : count;
  }

  /** True while pods are exchanged or added or taken away. */
  boolean underWay() {
    return !current || updated < wanted || replicas != wanted;
  }
}
