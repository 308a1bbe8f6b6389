package dev.nodepass.operator.status;

import io.fabric8.kubernetes.api.model.ContainerState;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a pod is.
 *
 * @param running its container runs
 * @param terminating it is to go
 * @param waiting why its container does not run, as Kubernetes calls it
 * @param waitingText the same in words
 * @param lastWords what its container said before it ended last
 * @param unschedulable why no node takes it
 */
public record PodState(
    String name,
    boolean ready,
    boolean running,
    boolean terminating,
    @Nullable String waiting,
    @Nullable String waitingText,
    @Nullable String lastWords,
    @Nullable String unschedulable) {

  /** Reads it. */
  public static PodState of(Pod pod) {
    List<ContainerStatus> containers =
        pod.getStatus() == null ? List.of() : pod.getStatus().getContainerStatuses();
    Optional<ContainerStatus> tunnel =
        containers.stream().filter(c -> c.getName().equals("tunnel")).findFirst();
    Optional<ContainerState> state = tunnel.map(ContainerStatus::getState);
    return new PodState(
        pod.getMetadata().getName(),
        conditionIs(pod, "Ready", "True").isPresent(),
        state.map(s -> s.getRunning() != null).orElse(false),
        pod.getMetadata().getDeletionTimestamp() != null,
        state.map(ContainerState::getWaiting).map(w -> w.getReason()).orElse(null),
        state.map(ContainerState::getWaiting).map(w -> w.getMessage()).orElse(null),
        tunnel.flatMap(PodState::lastWords).orElse(null),
        conditionIs(pod, "PodScheduled", "False").map(PodCondition::getMessage).orElse(null));
  }

  private static Optional<String> lastWords(ContainerStatus container) {
    return Optional.ofNullable(container.getState())
        .map(ContainerState::getTerminated)
        .or(() -> Optional.ofNullable(container.getLastState()).map(ContainerState::getTerminated))
        .map(t -> t.getMessage())
        .map(String::strip)
        .filter(m -> !m.isEmpty());
  }

  private static Optional<PodCondition> conditionIs(Pod pod, String type, String status) {
    return pod.getStatus() == null
        ? Optional.empty()
        : pod.getStatus().getConditions().stream()
            .filter(c -> c.getType().equals(type) && c.getStatus().equals(status))
            .findFirst();
  }
}
