package dev.nodepass.operator.apply;

import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;

/** Deletes by name and UID, so that what another has put in its place stays. */
final class Deletion {
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;

  private final KubernetesClient client;

  Deletion(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Deletes it, if it is still there and still that one.
   *
   * @throws KubernetesClientException when the API server cannot be reached or does not let us
   */
  void delete(String apiVersion, String plural, String namespace, String name, String uid) {
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withPropagationPolicy("Background")
            .withNewPreconditions()
            .withUid(uid)
            .endPreconditions()
            .build();
    String root = apiVersion.contains("/") ? "/apis/" : "/api/";
    try {
      client.raw(
          root + apiVersion + "/namespaces/" + namespace + "/" + plural + "/" + name,
          "DELETE",
          options);
    } catch (KubernetesClientException failure) {
      if (failure.getCode() != NOT_FOUND && failure.getCode() != CONFLICT) {
        throw failure;
      }
    }
  }
}
