package dev.nodepass.operator.plan;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudgetBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Plans tunnels. Pure: the same input gives the same plan. */
public final class Planner {
  private final Surroundings surroundings;

  public Planner(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /**
   * All that a tunnel should have. What pods need comes before the Deployment, what watches over
   * them after it.
   *
   * @param resource one without {@linkplain Validation problems}
   */
  public Plan plan(NodePassTunnel resource, Seen seen) {
    Tunnel tunnel = Tunnel.of(resource, surroundings.version());
    OptionalApis optional = new OptionalApis(tunnel, surroundings);
    KeyPlan keys = new KeyPlan(tunnel, seen);
    List<HasMetadata> apply = new ArrayList<>();
    apply.add(serviceAccount(tunnel));
    new NetworkPlan(tunnel, surroundings).policy().ifPresent(apply::add);
    apply.addAll(new ServicePlan(tunnel).services());
    optional.certificate().ifPresent(apply::add);
    apply.add(new DeploymentPlan(tunnel, surroundings).deployment(seen.connected()));
    disruptionBudget(tunnel).ifPresent(apply::add);
    optional.podMonitor().ifPresent(apply::add);
    return new Plan(keys.create(), apply, keys.retire());
  }

  /**
   * The Secret of a slot that was reserved before.
   *
   * @param endpoint where clients dial, if that is known
   */
  public Secret keySecret(
      NodePassTunnel resource, KeySlot slot, String key, @Nullable String endpoint) {
    return KeyPlan.secret(
        Tunnel.of(resource, surroundings.version()), slot.name(), slot.generation(), key, endpoint);
  }

  /** The pods have nothing to ask the API server for. */
  private static ServiceAccount serviceAccount(Tunnel tunnel) {
    return new ServiceAccountBuilder()
        .withMetadata(tunnel.meta(tunnel.names().workload()).build())
        .withAutomountServiceAccountToken(false)
        .build();
  }

  /** Pods that are not ready, as all are without a session, must not stop nodes from draining. */
  private static Optional<PodDisruptionBudget> disruptionBudget(Tunnel tunnel) {
    return tunnel.spec().replicas() < 2
        ? Optional.empty()
        : Optional.of(
            new PodDisruptionBudgetBuilder()
                .withMetadata(tunnel.meta(tunnel.names().workload()).build())
                .withNewSpec()
                .withNewMaxUnavailable(1)
                .withUnhealthyPodEvictionPolicy("AlwaysAllow")
                .withNewSelector()
                .withMatchLabels(tunnel.selector())
                .endSelector()
                .endSpec()
                .build());
  }
}
