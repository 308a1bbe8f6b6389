package dev.nodepass.operator.cluster;

import dev.nodepass.operator.cluster.PodScript.Life.CrashLoop;
import dev.nodepass.operator.cluster.PodScript.Life.ImagePull;
import dev.nodepass.operator.cluster.PodScript.Life.Running;
import dev.nodepass.operator.cluster.PodScript.Life.Unschedulable;
import io.fabric8.kubernetes.api.model.ContainerStateBuilder;
import io.fabric8.kubernetes.api.model.ContainerStatusBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.PodIP;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** The status that a kubelet gives to a pod. */
final class PodStatuses {
  private static final int CRASHES = 3;

  private final Pod pod;
  private final String address;
  private final String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();

  PodStatuses(Pod pod, String address) {
    this.pod = pod;
    this.address = address;
  }

  PodStatus of(PodScript script) {
    return switch (script.life()) {
      case Running() -> running(script.ready());
      case CrashLoop(String text) -> crashing(text);
      case ImagePull(String text) -> waiting("Pending", "ImagePullBackOff", text).build();
      case Unschedulable(String text) ->
          new PodStatusBuilder()
              .withPhase("Pending")
              .addToConditions(condition("PodScheduled", false, "Unschedulable", text).build())
              .build();
    };
  }

  private PodStatus running(boolean ready) {
    return scheduled("Running", ready)
        .addToContainerStatuses(
            container(ready)
                .withStarted(true)
                .withState(
                    new ContainerStateBuilder()
                        .withNewRunning()
                        .withStartedAt(now)
                        .endRunning()
                        .build())
                .build())
        .build();
  }

  private PodStatus crashing(String text) {
    return waiting("Running", "CrashLoopBackOff", "back-off 40s restarting failed container=tunnel")
        .editFirstContainerStatus()
        .withRestartCount(CRASHES)
        .withNewLastState()
        .withNewTerminated()
        .withExitCode(1)
        .withReason("Error")
        .withMessage(text)
        .withStartedAt(now)
        .withFinishedAt(now)
        .endTerminated()
        .endLastState()
        .endContainerStatus()
        .build();
  }

  private PodStatusBuilder waiting(String phase, String reason, String text) {
    return scheduled(phase, false)
        .addToContainerStatuses(
            container(false)
                .withStarted(false)
                .withState(new ContainerStateBuilder().withNewWaiting(text, reason).build())
                .build());
  }

  private PodStatusBuilder scheduled(String phase, boolean ready) {
    return new PodStatusBuilder()
        .withPhase(phase)
        .withPodIP(address)
        .withPodIPs(new PodIP(address))
        .withStartTime(now)
        .addToConditions(condition("PodScheduled", true, null, null).build())
        .addToConditions(condition("Initialized", true, null, null).build())
        .addToConditions(readiness("ContainersReady", ready).build())
        .addToConditions(readiness("Ready", ready).build());
  }

  private PodConditionBuilder readiness(String type, boolean ready) {
    return ready
        ? condition(type, true, null, null)
        : condition(type, false, "ContainersNotReady", "containers with unready status: [tunnel]");
  }

  private PodConditionBuilder condition(
      String type, boolean holds, @Nullable String reason, @Nullable String message) {
    return new PodConditionBuilder()
        .withType(type)
        .withStatus(holds ? "True" : "False")
        .withReason(reason)
        .withMessage(message)
        .withLastTransitionTime(now);
  }

  private ContainerStatusBuilder container(boolean ready) {
    String image = pod.getSpec().getContainers().getFirst().getImage();
    return new ContainerStatusBuilder()
        .withName("tunnel")
        .withImage(image)
        .withImageID(image)
        .withRestartCount(0)
        .withReady(ready);
  }
}
