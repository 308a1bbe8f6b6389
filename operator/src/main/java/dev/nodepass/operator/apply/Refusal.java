package dev.nodepass.operator.apply;

import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** What the API server says when it does not take something. */
public final class Refusal {
  private Refusal() {}

  /**
   * Invalid, or forbidden by a quota or a policy: somebody has to change something. All else, such
   * as an API server that is away, may pass.
   */
  public static boolean is(KubernetesClientException failure) {
    return switch (failure.getCode()) {
      case 400, 403, 422 -> !isTerminating(failure);
      // What cannot be merged, such as a list with an entry twice, the API server calls its fault.
      case 500 -> words(failure).startsWith("failed to create typed patch object");
      default -> false;
    };
  }

  /** The API server answered, so that something else may be asked of it. */
  static boolean isAnswer(KubernetesClientException failure) {
    return failure.getCode() > 0;
  }

  /** The namespace is being deleted, and the tunnel with it. */
  static boolean isTerminating(KubernetesClientException failure) {
    Status status = failure.getStatus();
    return status != null
        && status.getDetails() != null
        && status.getDetails().getCauses().stream()
            .anyMatch(c -> "NamespaceTerminating".equals(c.getReason()));
  }

  /** Why, in the API server's own words, or in those of the way to it. */
  public static String words(KubernetesClientException failure) {
    Status status = failure.getStatus();
    if (status != null && status.getMessage() != null) {
      return status.getMessage();
    }
    Throwable cause = failure.getCause();
    String why = cause == null ? null : cause.getMessage();
    return String.valueOf(why == null ? failure.getMessage() : why);
  }
}
