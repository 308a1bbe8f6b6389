package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What helm makes of the chart, without a cluster. */
class HelmIT {
  private static final Path CHART = Deploy.path("helm/nodepass-operator");
  private static final String DEPLOYMENT = "Deployment nodepass-system/nodepass-operator";

  /** Values files of the chart's folder ci. */
  static List<String> examples() throws IOException {
    try (Stream<Path> files = Files.list(CHART.resolve("ci"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static Program.Outcome template(String... more) throws IOException, InterruptedException {
    List<String> arguments =
        new ArrayList<>(
            List.of("template", "nodepass", CHART.toString(), "--namespace", "nodepass-system"));
    arguments.addAll(List.of(more));
    return Program.helm().run(arguments.toArray(String[]::new));
  }

  private static Map<String, JsonNode> resources(String... more)
      throws IOException, InterruptedException {
    return Deploy.resources(template(more).text());
  }

  private static String[] example(String file) {
    return new String[] {"--values", CHART.resolve("ci").resolve(file).toString()};
  }

  @Test
  void lintHasNothingToSay() throws Exception {
    Program.helm().run("lint", "--strict", CHART.toString()).text();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void lintHasNothingToSayOfTheExamples(String file) throws Exception {
    Program.helm()
        .run("lint", "--strict", CHART.toString(), example(file)[0], example(file)[1])
        .text();
  }

  @Test
  void withoutValuesTheChartIsTheOverlayCluster() throws Exception {
    assertSame(overlay("cluster"), resources());
  }

  @Test
  void monitoredItIsTheOverlayMonitoring() throws Exception {
    assertSame(overlay("monitoring"), resources("--set", "monitoring.enabled=true"));
  }

  /** The namespace is not the chart's to make. */
  private static Map<String, JsonNode> overlay(String name)
      throws IOException, InterruptedException {
    String overlay = Deploy.path("overlays/" + name).toString();
    Map<String, JsonNode> resources =
        Deploy.resources(Program.kubectl().run("kustomize", overlay).text());
    resources.remove("Namespace /nodepass-system");
    return resources;
  }

  private static void assertSame(Map<String, JsonNode> wanted, Map<String, JsonNode> found) {
    assertEquals(wanted.keySet(), found.keySet());
    Map<String, JsonNode> bare = new TreeMap<>();
    found.forEach((id, resource) -> bare.put(id, withoutHelm(resource)));
    wanted.forEach((id, resource) -> assertEquals(resource, bare.get(id), id));
  }

  private static JsonNode withoutHelm(JsonNode resource) {
    JsonNode copy = resource.deepCopy();
    ObjectNode meta = (ObjectNode) copy.path("metadata");
    ((ObjectNode) meta.path("labels"))
        .remove(List.of("helm.sh/chart", "app.kubernetes.io/managed-by"));
    if (meta.path("annotations") instanceof ObjectNode annotations) {
      annotations.remove("helm.sh/resource-policy");
      if (annotations.isEmpty()) {
        meta.remove("annotations");
      }
    }
    return copy;
  }

  @Test
  void tunnelsOutliveTheChart() throws Exception {
    JsonNode type =
        Deploy.resource(resources(), "CustomResourceDefinition /nodepasstunnels.nodepass.dev");
    assertEquals("keep", type.at("/metadata/annotations/helm.sh~1resource-policy").asText());
  }

  @Test
  void forSomeNamespacesNothingIsAskedForTheCluster() throws Exception {
    Map<String, JsonNode> resources = resources(example("namespaces-values.yaml"));
    Map<String, JsonNode> everywhere = resources();
    assertEquals(
        Set.of(),
        resources.values().stream()
            .filter(one -> one.at("/metadata/namespace").asText().isEmpty())
            .map(one -> one.path("kind").asText())
            .collect(Collectors.toSet()));
    for (String namespace : List.of("team-a", "team-b")) {
      assertEquals(
          Deploy.resource(everywhere, "ClusterRole /nodepass-operator").path("rules"),
          Deploy.resource(resources, "Role " + namespace + "/nodepass-operator").path("rules"));
      assertEquals(
          "nodepass-system",
          Deploy.resource(resources, "RoleBinding " + namespace + "/nodepass-operator")
              .at("/subjects/0/namespace")
              .asText());
    }
    assertEquals(
        "team-a,team-b",
        Deploy.variable(Deploy.resource(resources, DEPLOYMENT), "NODEPASS_WATCH_NAMESPACES")
            .path("value")
            .asText());
  }

  @Test
  void everyValueHasAnEffect() throws Exception {
    Map<String, JsonNode> plain = resources();
    Map<String, JsonNode> set = resources(example("everything-values.yaml"));
    JsonNode deployment = Deploy.resource(set, DEPLOYMENT);
    assertEquals(
        Set.of(
            "NetworkPolicy nodepass-system/nodepass-operator",
            "PodDisruptionBudget nodepass-system/nodepass-operator"),
        minus(plain.keySet(), set.keySet()));
    assertEquals(
        "registry.example/nodepass/tunnel:edge",
        Deploy.variable(deployment, "NODEPASS_IMAGE").path("value").asText());
    assertTrue(
        deployment
            .at("/spec/template/spec/containers/0/image")
            .asText()
            .startsWith("registry.example/nodepass/operator@sha256:"));
    assertEquals(
        Set.of("affinity", "imagePullSecrets", "nodeSelector", "priorityClassName", "tolerations"),
        minus(podFields(deployment), podFields(Deploy.resource(plain, DEPLOYMENT))));
    assertNotEquals(
        Deploy.resource(plain, "ServiceAccount nodepass-system/nodepass-operator"),
        Deploy.resource(set, "ServiceAccount nodepass-system/nodepass-operator"));
  }

  /** Tunnels let the operator in by this label. */
  @Test
  void noLabelHidesThePods() throws Exception {
    JsonNode deployment = Deploy.resource(resources(example("everything-values.yaml")), DEPLOYMENT);
    deployment
        .at("/spec/selector/matchLabels")
        .properties()
        .forEach(
            label ->
                assertEquals(
                    label.getValue(),
                    deployment.at("/spec/template/metadata/labels").path(label.getKey())));
    assertEquals("net", deployment.at("/spec/template/metadata/labels/team").asText());
  }

  private static Set<String> podFields(JsonNode deployment) {
    Set<String> names = new TreeSet<>();
    deployment.at("/spec/template/spec").fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static Set<String> minus(Set<String> all, Set<String> without) {
    Set<String> rest = new TreeSet<>(all);
    rest.removeAll(without);
    return rest;
  }

  /** Values that are wrong, and what the message must name. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "replica: 3; replica",
        "replicas: many; replicas",
        "replicas: -1; replicas",
        "logging: {level: loud}; logging",
        "watchNamespaces: team-a; watchNamespaces",
        "watchNamespaces: [Team_A]; watchNamespaces",
        "image: {repository: x, digest: 'sha256:12'}; digest",
        "image: {tagg: x}; tagg",
        "monitoring: {enable: true}; enable",
        "monitoring: {podMonitor: {interval: often}}; interval",
        "env: [{name: NODEPASS_IMAGE, value: x}]; env"
      })
  void aWrongValueIsRefusedByName(String values, String named, @TempDir Path temp)
      throws Exception {
    Path file = Files.writeString(temp.resolve("values.yaml"), values + "\n");
    Program.Outcome refused = template("--values", file.toString());
    assertNotEquals(0, refused.code());
    assertTrue(refused.err().contains("schema"), refused.err());
    assertTrue(refused.err().contains(named), refused.err());
  }
}
