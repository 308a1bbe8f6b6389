package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What kustomize makes of the overlays. */
class KustomizeIT {
  private static Map<String, JsonNode> built(Path folder) throws IOException, InterruptedException {
    return Deploy.resources(Program.kubectl().run("kustomize", folder.toString()).text());
  }

  private static Map<String, JsonNode> overlay(String name)
      throws IOException, InterruptedException {
    return built(Deploy.path("overlays/" + name));
  }

  private static JsonNode deployment() throws IOException, InterruptedException {
    return Deploy.resource(overlay("cluster"), "Deployment nodepass-system/nodepass-operator");
  }

  @Test
  void theFileToInstallIsTheOverlayCluster() throws Exception {
    assertEquals(
        overlay("cluster"),
        Deploy.resources(Deploy.text("install.yaml")),
        "deploy/install.yaml is old: run 'make install-yaml'");
  }

  @Test
  void theResourceTypeIsTheGeneratedOne() throws Exception {
    String type = "CustomResourceDefinition /nodepasstunnels.nodepass.dev";
    assertEquals(
        Deploy.yaml("crd/nodepasstunnels.nodepass.dev.yaml").path("spec"),
        Deploy.resource(overlay("cluster"), type).path("spec"));
    assertEquals(Set.of(type), built(Deploy.path("crd")).keySet());
  }

  @Test
  void whatIsForOneNamespaceNeedsNothingOutsideOfIt(@TempDir Path temp) throws Exception {
    // Kustomize takes no absolute paths.
    Path own = Files.createDirectory(temp.toRealPath().resolve("own"));
    Files.writeString(
        own.resolve("kustomization.yaml"),
        "namespace: team-a\nresources: ["
            + own.relativize(Deploy.path("overlays/namespaced").toRealPath())
            + "]\n");
    Map<String, JsonNode> resources = built(own);

    assertEquals(
        Set.of(
            "Deployment team-a/nodepass-operator",
            "NetworkPolicy team-a/nodepass-operator",
            "PodDisruptionBudget team-a/nodepass-operator",
            "Role team-a/nodepass-operator",
            "Role team-a/nodepass-operator-leader",
            "RoleBinding team-a/nodepass-operator",
            "RoleBinding team-a/nodepass-operator-leader",
            "ServiceAccount team-a/nodepass-operator"),
        resources.keySet());
    for (JsonNode binding : resources.values()) {
      for (JsonNode subject : binding.path("subjects")) {
        assertEquals("team-a", subject.path("namespace").asText());
      }
    }
    assertEquals(
        "metadata.namespace",
        Deploy.variable(
                Deploy.resource(resources, "Deployment team-a/nodepass-operator"),
                "NODEPASS_WATCH_NAMESPACES")
            .at("/valueFrom/fieldRef/fieldPath")
            .asText());
  }

  @Test
  void theOverlayClusterWatchesAllNamespaces() throws Exception {
    JsonNode deployment = deployment();
    assertTrue(Deploy.variable(deployment, "NODEPASS_WATCH_NAMESPACES").isMissingNode());
  }

  @Test
  void monitoringOnlyAdds() throws Exception {
    Map<String, JsonNode> more = overlay("monitoring");
    Map<String, JsonNode> base = overlay("cluster");
    base.forEach((id, resource) -> assertEquals(resource, more.get(id)));
    Set<String> added = new TreeSet<>(more.keySet());
    added.removeAll(base.keySet());
    assertEquals(
        Set.of(
            "ConfigMap nodepass-system/nodepass-dashboard",
            "PodMonitor nodepass-system/nodepass-operator",
            "PrometheusRule nodepass-system/nodepass"),
        added);
  }

  @Test
  void everythingIsLabelled() throws Exception {
    Set<String> bare =
        overlay("monitoring").entrySet().stream()
            .filter(
                one ->
                    !"nodepass"
                        .equals(
                            one.getValue()
                                .at("/metadata/labels/app.kubernetes.io~1part-of")
                                .asText()))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    assertEquals(Set.of(), bare);
  }

  @Test
  void theOperatorsPodsPassTheLevelRestricted() throws Exception {
    JsonNode deployment = deployment();
    JsonNode pod = deployment.at("/spec/template/spec");
    assertTrue(pod.at("/securityContext/runAsNonRoot").asBoolean());
    assertEquals("RuntimeDefault", pod.at("/securityContext/seccompProfile/type").asText());
    for (JsonNode container : pod.path("containers")) {
      JsonNode context = container.path("securityContext");
      assertFalse(context.path("allowPrivilegeEscalation").asBoolean(true));
      assertTrue(context.path("readOnlyRootFilesystem").asBoolean());
      assertEquals("ALL", context.at("/capabilities/drop/0").asText());
    }
  }
}
