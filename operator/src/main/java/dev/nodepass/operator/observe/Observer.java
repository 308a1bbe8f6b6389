package dev.nodepass.operator.observe;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.apply.KeySecrets;
import dev.nodepass.operator.kinds.OwnedKind;
import dev.nodepass.operator.kinds.OwnedResources;
import dev.nodepass.operator.plan.GivenSecrets;
import dev.nodepass.operator.plan.Names;
import dev.nodepass.operator.plan.Ownership;
import dev.nodepass.operator.plan.Seen;
import dev.nodepass.operator.status.Attempt;
import dev.nodepass.operator.status.Endpoint;
import dev.nodepass.operator.status.Observed;
import dev.nodepass.operator.status.PodState;
import dev.nodepass.operator.status.Rollout;
import dev.nodepass.operator.status.RuntimeState;
import dev.nodepass.operator.status.ServiceState;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import jakarta.inject.Singleton;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Sees how a tunnel is, before its plan is made and after it was applied. */
@Singleton
public class Observer {
  private final OwnedResources owned;
  private final RuntimeReader runtimes;
  private final KeySecrets secrets;
  private final InstantSource clock;

  public Observer(
      OwnedResources owned, RuntimeReader runtimes, KeySecrets secrets, InstantSource clock) {
    this.owned = owned;
    this.runtimes = runtimes;
    this.secrets = secrets;
    this.clock = clock;
  }

  /** What a plan needs to know. */
  public Seen before(NodePassTunnel tunnel, Context<NodePassTunnel> context) {
    boolean connected =
        pods(context).stream().map(PodState::of).anyMatch(pod -> pod.ready() && !pod.terminating());
    return new Seen(
        connected,
        tunnel.getStatus() == null ? List.of() : tunnel.getStatus().keys(),
        List.of(),
        null,
        Endpoint.of(tunnel, tunnelService(tunnel, context)).orElse(null),
        clock.instant());
  }

  /** What the status is composed of. */
  public Observed after(
      NodePassTunnel tunnel, List<KeySlot> keys, Attempt attempt, Context<NodePassTunnel> context) {
    List<Pod> pods = pods(context);
    List<PodState> states = pods.stream().map(PodState::of).toList();
    List<Pod> running =
        pods.stream()
            .filter(p -> PodState.of(p).running() && p.getStatus().getPodIP() != null)
            .filter(p -> p.getMetadata().getDeletionTimestamp() == null)
            .toList();
    List<RuntimeState> answers = running.isEmpty() ? List.of() : runtimes.read(running);
    return new Observed(
        find(OwnedKind.DEPLOYMENT, names(tunnel).workload(), Deployment.class, tunnel, context)
            .map(Rollout::of)
            .orElse(null),
        tunnelService(tunnel, context),
        states,
        answers,
        attempt,
        missing(tunnel, states, answers),
        keys,
        clock.instant());
  }

  /** Asked only while pods do not run, for it costs a request for each Secret. */
  private List<String> missing(
      NodePassTunnel tunnel, List<PodState> pods, List<RuntimeState> answers) {
    boolean wanted = !tunnel.getSpec().suspend() && tunnel.getSpec().replicas() > 0;
    boolean waiting = !pods.isEmpty() && answers.isEmpty();
    return wanted && waiting
        ? GivenSecrets.of(tunnel.getSpec()).stream()
            .filter(name -> !secrets.isThere(tunnel.getMetadata().getNamespace(), name))
            .toList()
        : List.of();
  }

  private List<Pod> pods(Context<NodePassTunnel> context) {
    return owned.pods(context).stream()
        .sorted(Comparator.comparing(p -> p.getMetadata().getName()))
        .toList();
  }

  private @Nullable ServiceState tunnelService(
      NodePassTunnel tunnel, Context<NodePassTunnel> context) {
    return find(OwnedKind.SERVICE, names(tunnel).tunnel(), Service.class, tunnel, context)
        .map(ServiceState::of)
        .orElse(null);
  }

  private <T extends HasMetadata> Optional<T> find(
      OwnedKind kind,
      String name,
      Class<T> type,
      NodePassTunnel tunnel,
      Context<NodePassTunnel> context) {
    return owned
        .find(kind, tunnel.getMetadata().getNamespace(), name, context)
        .filter(r -> Ownership.isOf(tunnel, r))
        .map(type::cast);
  }

  private static Names names(NodePassTunnel tunnel) {
    return Names.of(tunnel.getMetadata().getName());
  }
}
