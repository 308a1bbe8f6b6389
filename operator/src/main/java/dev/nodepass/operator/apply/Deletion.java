package dev.nodepass.operator.apply;

import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;

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
    try {
      client.raw(path(apiVersion, plural, namespace, name), "DELETE", options);
    } catch (KubernetesClientException failure) {
      if (failure.getCode() != NOT_FOUND && failure.getCode() != CONFLICT) {
        throw failure;
      }
    }
  }

  /**
   * The UID of what is there, found out without reading it: a deletion that is not carried out is
   * answered with it.
   *
   * @throws KubernetesClientException when there is none, or the API server cannot be reached
   */
  String uid(String apiVersion, String plural, String namespace, String name) {
    DeleteOptions options = new DeleteOptionsBuilder().withDryRun("All").build();
    String answer = client.raw(path(apiVersion, plural, namespace, name), "DELETE", options);
    return Serialization.unmarshal(answer, Status.class).getDetails().getUid();
  }

  private static String path(String apiVersion, String plural, String namespace, String name) {
    String root = apiVersion.contains("/") ? "/apis/" : "/api/";
    return root + apiVersion + "/namespaces/" + namespace + "/" + plural + "/" + name;
  }
}
