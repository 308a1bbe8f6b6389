package dev.nodepass.operator.status;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What keeps pods from running, from the pods themselves. */
final class PodTrouble {
  private PodTrouble() {}

  /** The first pod's trouble, if one has any. */
  static Optional<Finding> of(List<PodState> pods) {
    return pods.stream()
        .filter(p -> !p.terminating() && !p.ready())
        .map(PodTrouble::of)
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<Finding> of(PodState pod) {
    if (pod.unschedulable() != null) {
      return Optional.of(
          Finding.no(
              Reason.UNSCHEDULABLE,
              "no node takes the pod " + pod.name() + ": " + pod.unschedulable()));
    }
    return switch (pod.waiting()) {
      case "CrashLoopBackOff" ->
          Optional.of(
              Finding.no(
                  Reason.CRASH_LOOP,
                  "the pod "
                      + pod.name()
                      + " ends again and again"
                      + after(lastLine(pod.lastWords()))));
      case "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull" ->
          Optional.of(
              Finding.no(
                  Reason.IMAGE_PULL,
                  "the image of the pod "
                      + pod.name()
                      + " cannot be had"
                      + after(pod.waitingText())));
      case "CreateContainerConfigError", "CreateContainerError", "RunContainerError" ->
          Optional.of(
              Finding.no(
                  Reason.CONTAINER_CONFIG,
                  "the container of the pod "
                      + pod.name()
                      + " cannot be made"
                      + after(pod.waitingText())));
      case null, default -> Optional.empty();
    };
  }

  /** What a program says last is why it ended. */
  private static @Nullable String lastLine(@Nullable String words) {
    return words == null ? null : words.substring(words.lastIndexOf('\n') + 1);
  }

  private static String after(@Nullable String why) {
    return why == null || why.isEmpty() ? "" : ": " + why;
  }
}
