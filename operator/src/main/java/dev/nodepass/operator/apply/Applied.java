package dev.nodepass.operator.apply;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.Optional;

/**
 * What came of a plan.
 *
 * @param refused what the API server did not take, with its words
 * @param failure the first that may pass, if there is one: to be tried again
 */
public record Applied(List<String> refused, Optional<KubernetesClientException> failure) {
  public Applied {
    refused = List.copyOf(refused);
  }
}
