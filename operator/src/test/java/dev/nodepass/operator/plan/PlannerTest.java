package dev.nodepass.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.crds.NodePassTunnel;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PlannerTest {
  private static NodePassTunnel server(String more) {
    return tunnel("role: Server\n  listen: {port: 5432}\n" + more);
  }

  private static NodePassTunnel tunnel(String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: nodepass.dev/v1alpha1
        kind: NodePassTunnel
        metadata: {name: orders-db, namespace: shop, uid: 1b8f, generation: 1}
        spec:
          %s
        """
            .formatted(spec),
        NodePassTunnel.class);
  }

  private static Plan plan(NodePassTunnel tunnel) {
    return new Planner(Case.SURROUNDINGS).plan(tunnel, Case.SEEN);
  }

  private static Deployment deployment(Plan plan) {
    return plan.apply().stream()
        .filter(Deployment.class::isInstance)
        .map(Deployment.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static PodTemplateSpec pods(Plan plan) {
    return deployment(plan).getSpec().getTemplate();
  }

  @ParameterizedTest
  @MethodSource("dev.nodepass.operator.plan.GoldenTest#cases")
  void theSameInputGivesTheSamePlan(String name) throws IOException {
    assertEquals(
        Serialization.asYaml(Case.named(name).plan().apply()),
        Serialization.asYaml(Case.named(name).plan().apply()));
  }

  @ParameterizedTest
  @MethodSource("dev.nodepass.operator.plan.GoldenTest#cases")
  void everythingIsOwnedLabelledAndNamedOnce(String name) throws IOException {
    Case one = Case.named(name);
    Set<String> names = new HashSet<>();
    for (HasMetadata resource : one.plan().apply()) {
      String what = resource.getKind() + "/" + resource.getMetadata().getName();
      assertTrue(names.add(what), what + " is there twice");
      assertTrue(resource.getMetadata().getName().length() <= 63, what);
      assertEquals(1, resource.getMetadata().getOwnerReferences().size(), what);
      assertEquals(
          one.input().getMetadata().getUid(),
          resource.getMetadata().getOwnerReferences().getFirst().getUid(),
          what);
      assertEquals(
          "nodepass-operator",
          resource.getMetadata().getLabels().get("app.kubernetes.io/managed-by"),
          what);
      assertTrue(
          resource.getMetadata().getLabels().values().stream().allMatch(v -> v.length() <= 63),
          what);
    }
  }

  /** Source: the Kubernetes documentation, Pod Security Standards, level Restricted. */
  @ParameterizedTest
  @MethodSource("dev.nodepass.operator.plan.GoldenTest#cases")
  void podsPassTheLevelRestricted(String name) throws IOException {
    PodSpec pod = pods(Case.named(name).plan()).getSpec();
    assertTrue(pod.getSecurityContext().getRunAsNonRoot());
    assertTrue(pod.getSecurityContext().getRunAsUser() >= 100_000);
    assertEquals("RuntimeDefault", pod.getSecurityContext().getSeccompProfile().getType());
    assertFalse(pod.getAutomountServiceAccountToken());
    for (Container container : pod.getContainers()) {
      assertFalse(container.getSecurityContext().getAllowPrivilegeEscalation());
      assertTrue(container.getSecurityContext().getReadOnlyRootFilesystem());
      assertEquals(List.of("ALL"), container.getSecurityContext().getCapabilities().getDrop());
    }
    Set<String> allowed = Set.of("tmp", "keys", "tls", "ca", "client-ca");
    pod.getVolumes().forEach(v -> assertTrue(allowed.contains(v.getName()), v.getName()));
  }

  @Test
  void scalingDoesNotChangeThePods() {
    assertEquals(
        pods(plan(server(""))), pods(plan(server("  replicas: 5"))), "scaling restarts all pods");
    assertEquals(5, deployment(plan(server("  replicas: 5"))).getSpec().getReplicas());
  }

  @Test
  void suspendingStopsThePodsAndChangesNothingElse() {
    Plan running = plan(server("  replicas: 3"));
    Plan suspended = plan(server("  replicas: 3\n  suspend: true"));
    assertEquals(0, deployment(suspended).getSpec().getReplicas());
    deployment(suspended).getSpec().setReplicas(3);
    assertEquals(Serialization.asYaml(running.apply()), Serialization.asYaml(suspended.apply()));
  }

  @Test
  void whetherClientsAreConnectedChangesTheStrategyAndNotThePods() {
    Seen connected = new Seen(true, List.of(), List.of(), null, null, Case.SEEN.now());
    Plan with = new Planner(Case.SURROUNDINGS).plan(server(""), connected);
    Plan without = plan(server(""));
    assertEquals(pods(without), pods(with));
    assertEquals(
        0,
        deployment(with)
            .getSpec()
            .getStrategy()
            .getRollingUpdate()
            .getMaxUnavailable()
            .getIntVal());
    assertEquals(
        "100%",
        deployment(without)
            .getSpec()
            .getStrategy()
            .getRollingUpdate()
            .getMaxUnavailable()
            .getStrVal());
  }

  @Test
  void aPodMayTakeAsLongToStopAsItsUsersMay() {
    PodSpec pod = pods(plan(server("  timeouts: {drain: 10m, preStop: 1500ms}"))).getSpec();
    assertEquals(2 + 600 + 10, pod.getTerminationGracePeriodSeconds());
    assertEquals(
        2, pod.getContainers().getFirst().getLifecycle().getPreStop().getSleep().getSeconds());
  }

  @Test
  void aClientThatNobodyDialsStopsAtOnce() {
    PodSpec pod =
        pods(plan(tunnel("role: Client\n  server: {host: a}\n  forwardTo: {service: b, port: 1}")))
            .getSpec();
    assertNull(pod.getContainers().getFirst().getLifecycle());
    assertEquals(70, pod.getTerminationGracePeriodSeconds());
  }

  @Test
  void onlyUsersDependOnReadiness() {
    plan(server("")).apply().stream()
        .filter(Service.class::isInstance)
        .map(Service.class::cast)
        .forEach(
            s ->
                assertEquals(
                    !s.getMetadata().getName().equals("orders-db"),
                    Boolean.TRUE.equals(s.getSpec().getPublishNotReadyAddresses()),
                    s.getMetadata().getName()));
  }

  @Test
  void eachTunnelHasAUserOfItsOwn() {
    NodePassTunnel other = server("");
    other.getMetadata().setName("customers-db");
    assertNotEquals(
        pods(plan(server(""))).getSpec().getSecurityContext().getRunAsUser(),
        pods(plan(other)).getSpec().getSecurityContext().getRunAsUser());
  }

  @Test
  void whatIsNoLongerPlannedIsObsolete() {
    Plan three = plan(server("  replicas: 3"));
    Plan one = plan(server("  networkPolicy: {enabled: false}"));
    assertEquals(
        List.of("NetworkPolicy/orders-db-tunnel", "PodDisruptionBudget/orders-db-tunnel"),
        one.obsolete(three.apply()).stream()
            .map(r -> r.getKind() + "/" + r.getMetadata().getName())
            .toList());
    assertEquals(List.of(), three.obsolete(three.apply()));
  }

  @Test
  void onlyWhatThisVeryTunnelOwnsIsItsOwn() {
    NodePassTunnel tunnel = server("");
    HasMetadata planned = plan(tunnel).apply().getFirst();
    assertTrue(Ownership.isOf(tunnel, planned));
    tunnel.getMetadata().setUid("another");
    assertFalse(Ownership.isOf(tunnel, planned));
    planned.getMetadata().setOwnerReferences(List.of());
    assertFalse(Ownership.isOf(tunnel, planned));
  }
}
