package dev.nodepass.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** An API server takes the plans of the golden files, every field of them. */
class GoldenIT {
  private static final Path PLANS = Path.of("src/test/resources/plan");
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
  private static final List<CustomResourceDefinition> OPTIONAL =
      List.of(
          definition("cert-manager.io", "Certificate", "certificates"),
          definition("monitoring.coreos.com", "PodMonitor", "podmonitors"));

  @BeforeAll
  static void installWhatPlansName() {
    OPTIONAL.forEach(ApiServer.shared()::install);
    client()
        .resource(
            new PriorityClassBuilder()
                .withNewMetadata()
                .withName("high")
                .endMetadata()
                .withValue(1000)
                .build())
        .serverSideApply();
  }

  /** An operator that is started by another test must not find them. */
  @AfterAll
  static void removeOptionalKinds() {
    OPTIONAL.forEach(ApiServer.shared()::remove);
  }

  /** A kind with any fields. */
  private static CustomResourceDefinition definition(String group, String kind, String plural) {
    return Serialization.unmarshal(
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata: {name: %3$s.%1$s}
        spec:
          group: %1$s
          scope: Namespaced
          names: {kind: %2$s, plural: %3$s, singular: %4$s}
          versions:
          - name: v1
            served: true
            storage: true
            schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
        """
            .formatted(group, kind, plural, kind.toLowerCase(Locale.ROOT)),
        CustomResourceDefinition.class);
  }

  private static KubernetesClient client() {
    return ApiServer.shared().client();
  }

  static Stream<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(PLANS)) {
      return folders.map(f -> f.getFileName().toString()).sorted().toList().stream();
    }
  }

  /** As they stand in the file: no Java type leaves a field out. */
  private static List<GenericKubernetesResource> resources(String name) throws IOException {
    String text = Files.readString(PLANS.resolve(name).resolve("expected.yaml"));
    return YAML.readerFor(GenericKubernetesResource.class)
        .<GenericKubernetesResource>readValues(text)
        .readAll();
  }

  private static GenericKubernetesResource apply(GenericKubernetesResource resource) {
    return client()
        .resource(resource)
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("nodepass-operator")
                .withForce(true)
                .withFieldValidation("Strict")
                .build(),
            resource);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyResourceOfAPlanIsTaken(String name) throws IOException {
    String namespace = ApiServer.shared().namespace("golden");
    List<GenericKubernetesResource> resources = resources(name);
    assertFalse(resources.isEmpty());
    for (GenericKubernetesResource resource : resources) {
      resource.getMetadata().setNamespace(namespace);
      assertEquals(resource.getKind(), apply(resource).getKind());
    }
    // Node ports are of the whole cluster: the next case may want the same.
    client().services().inNamespace(namespace).delete();
  }

  @Test
  void aFieldThatThereIsNotIsRefused() throws IOException {
    GenericKubernetesResource account = resources("server-minimal").get(1);
    account.getMetadata().setNamespace(ApiServer.shared().namespace("golden"));
    account.setAdditionalProperty("automountServiceAccountTokens", false);
    KubernetesClientException refusal =
        assertThrows(KubernetesClientException.class, () -> apply(account));
    assertTrue(String.valueOf(refusal.getMessage()).contains("automountServiceAccountTokens"));
  }

  /** The pod that a case's Deployment makes, in a namespace where its account is. */
  private static Pod pod(String name, String namespace) throws IOException {
    Deployment deployment =
        resources(name).stream()
            .filter(r -> r.getKind().equals("Deployment"))
            .map(r -> YAML.convertValue(r, Deployment.class))
            .findFirst()
            .orElseThrow();
    PodSpec spec = deployment.getSpec().getTemplate().getSpec();
    client()
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(spec.getServiceAccountName())
                .endMetadata()
                .build())
        .serverSideApply();
    return new PodBuilder()
        .withMetadata(deployment.getSpec().getTemplate().getMetadata())
        .editMetadata()
        .withNamespace(namespace)
        .withName("pod")
        .endMetadata()
        .withSpec(spec)
        .build();
  }

  private static String restrictedNamespace() {
    return ApiServer.shared()
        .namespace("restricted", Map.of("pod-security.kubernetes.io/enforce", "restricted"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void podsPassWhereOnlyRestrictedOnesMay(String name) throws IOException {
    Pod pod = pod(name, restrictedNamespace());
    assertEquals("pod", client().resource(pod).dryRun().create().getMetadata().getName());
  }

  /** One thing that a restricted pod may not do. */
  private enum Loosening {
    ROOT,
    ANY_SYSTEM_CALL,
    NETWORK_OF_THE_NODE,
    MORE_PRIVILEGES,
    CAPABILITIES;

    void of(PodSpec pod) {
      SecurityContext container = pod.getContainers().getFirst().getSecurityContext();
      switch (this) {
        case ROOT -> pod.getSecurityContext().setRunAsNonRoot(false);
        case ANY_SYSTEM_CALL -> pod.getSecurityContext().setSeccompProfile(null);
        case NETWORK_OF_THE_NODE -> pod.setHostNetwork(true);
        case MORE_PRIVILEGES -> container.setAllowPrivilegeEscalation(null);
        case CAPABILITIES -> container.setCapabilities(null);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLooserPodDoesNotPass(Loosening loosening) throws IOException {
    Pod pod = pod("server-full", restrictedNamespace());
    loosening.of(pod.getSpec());
    KubernetesClientException refusal =
        assertThrows(
            KubernetesClientException.class, () -> client().resource(pod).dryRun().create());
    assertTrue(
        String.valueOf(refusal.getMessage()).contains("violates PodSecurity \"restricted:latest\""),
        refusal.getMessage());
  }
}
