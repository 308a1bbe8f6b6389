package dev.nodepass.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code -Dgolden=write} (or {@code make golden}) makes the committed file anew. */
class CrdYamlTest {
  private static final Path FILE = Path.of("deploy/crd/nodepasstunnels.nodepass.dev.yaml");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static CustomResourceDefinition crd = new CustomResourceDefinition();

  @BeforeAll
  static void generate(@TempDir Path folder) throws IOException {
    crd = CrdYaml.generate(folder);
  }

  @Test
  void theCommittedFileIsWhatTheTypesSay() throws IOException {
    Path file = base().resolve(FILE);
    if ("write".equals(System.getProperty("golden"))) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, CrdYaml.text(crd));
    }
    assertEquals(Files.readString(file), CrdYaml.text(crd), FILE + " is old: run 'make golden'");
  }

  @Test
  void everyFieldIsDescribed() {
    List<String> bare = new ArrayList<>();
    undescribed(TunnelSpec.class, bare);
    undescribed(TunnelStatus.class, bare);
    assertEquals(List.of(), bare);
  }

  private static void undescribed(Class<?> type, List<String> bare) {
    for (RecordComponent component : type.getRecordComponents()) {
      if (component.getAccessor().getAnnotation(JsonPropertyDescription.class) == null) {
        bare.add(type.getSimpleName() + "." + component.getName());
      }
      if (component.getType().isRecord()) {
        undescribed(component.getType(), bare);
      } else if (component.getGenericType() instanceof ParameterizedType list
          && list.getActualTypeArguments()[0] instanceof Class<?> entry
          && entry.isRecord()) {
        undescribed(entry, bare);
      }
    }
  }

  @Test
  void everyRuleHasAMessage() {
    List<ValidationRule> rules = new ArrayList<>();
    rules(CrdYaml.schema(crd), rules);
    assertTrue(rules.size() > 30, "rules: " + rules.size());
    for (ValidationRule rule : rules) {
      assertNotNull(rule.getMessage(), rule.getRule());
    }
    assertEquals(rules.size(), rules.stream().distinct().count(), "a rule stands there twice");
  }

  private static void rules(JSONSchemaProps schema, List<ValidationRule> rules) {
    // Both kinds of Service have the same three rules, each on its own.
    schema.getXKubernetesValidations().stream().filter(r -> !rules.contains(r)).forEach(rules::add);
    if (schema.getProperties() != null) {
      schema.getProperties().values().forEach(p -> rules(p, rules));
    }
  }

  @Test
  void aTunnelScalesThroughItsSubresource() {
    var scale = version().getSubresources().getScale();
    assertEquals(".spec.replicas", scale.getSpecReplicasPath());
    assertEquals(".status.replicas", scale.getStatusReplicasPath());
    assertEquals(".status.selector", scale.getLabelSelectorPath());
    assertNotNull(version().getSubresources().getStatus());
  }

  @Test
  void columnsShowWhatMatters() {
    assertEquals(List.of("Role", "Endpoint", "Ready", "Replicas", "Age"), columns(0));
    assertEquals(List.of("Mode", "Target", "Message"), columns(1));
  }

  private static List<String> columns(int priority) {
    return version().getAdditionalPrinterColumns().stream()
        .filter(c -> (c.getPriority() == null ? 0 : c.getPriority()) == priority)
        .map(CustomResourceColumnDefinition::getName)
        .toList();
  }

  private static CustomResourceDefinitionVersion version() {
    return crd.getSpec().getVersions().getFirst();
  }

  @Test
  void javaAndTheSchemaHaveTheSameDefaults() throws IOException {
    TunnelSpec spec = JSON.readValue("{\"role\": \"Server\"}", TunnelSpec.class);
    JSONSchemaProps schema = at(CrdYaml.schema(crd), "spec");
    same("spec", JSON.valueToTree(spec), schema);
    same("service", JSON.valueToTree(spec.serviceOrDefault()), at(schema, "service"));
    same("auth", JSON.valueToTree(spec.authOrDefault()), at(schema, "auth"));
    same("tls", JSON.valueToTree(spec.tlsOrDefault()), at(schema, "tls"));
    same("pool", JSON.valueToTree(spec.poolOrDefault()), at(schema, "pool"));
    same("limits", JSON.valueToTree(spec.limitsOrDefault()), at(schema, "limits"));
    same("timeouts", JSON.valueToTree(spec.timeoutsOrDefault()), at(schema, "timeouts"));
    same("proxy", JSON.valueToTree(spec.proxyProtocolOrDefault()), at(schema, "proxyProtocol"));
    same("pod", JSON.valueToTree(spec.podOrDefault()), at(schema, "pod"));
    same("network", JSON.valueToTree(spec.networkPolicyOrDefault()), at(schema, "networkPolicy"));
    same("monitoring", JSON.valueToTree(spec.monitoringOrDefault()), at(schema, "monitoring"));
    same("log", JSON.valueToTree(spec.logOrDefault()), at(schema, "log"));
    same(
        "listen.service",
        JSON.valueToTree(spec.targetServiceOrDefault()),
        at(at(schema, "listen"), "service"));
  }

  private static void same(String where, JsonNode java, JSONSchemaProps schema) {
    for (Map.Entry<String, JSONSchemaProps> property : schema.getProperties().entrySet()) {
      JsonNode inSchema = property.getValue().getDefault();
      JsonNode inJava = java.path(property.getKey());
      if (inSchema != null) {
        assertEquals(inSchema, inJava, where + "." + property.getKey());
      } else if (property.getValue().getProperties() == null && !inJava.isNull()) {
        assertEquals("role", property.getKey(), "a default in Java only: " + where);
      }
    }
  }

  private static JSONSchemaProps at(JSONSchemaProps schema, String name) {
    JSONSchemaProps found = schema.getProperties().get(name);
    assertNotNull(found, name);
    return found;
  }

  /** The nearest folder upwards that has the licence. */
  private static Path base() {
    Path folder = Path.of(System.getProperty("user.dir", ".")).toAbsolutePath();
    while (!Files.exists(folder.resolve("LICENSE"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("no folder upwards has a LICENSE");
      }
      folder = parent;
    }
    return folder;
  }
}
