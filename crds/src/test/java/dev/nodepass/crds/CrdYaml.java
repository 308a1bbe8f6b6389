package dev.nodepass.crds;

import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Generates the CustomResourceDefinition from the Java types, and adds what their annotations
 * cannot say.
 */
final class CrdYaml {
  private static final String HEAD =
      "# Generated from the module crds. Do not edit: change the types, then run 'make golden'.\n";

  private static final List<String> COLUMNS =
      List.of("Role", "Endpoint", "Ready", "Replicas", "Age", "Mode", "Target", "Message");

  private static final Set<String> LONG = Set.of("observedGeneration", "tolerationSeconds");

  /** Entries of lists of text have no annotations of their own; CEL wants to know how long. */
  private static final long LONGEST_ENTRY = 253;

  /** Lists and maps of Kubernetes' own types have no bounds; CEL wants to know how many. */
  private static final long MOST_ENTRIES = 64;

  /**
   * Kubernetes' quantities, but without a sign, and with as many digits as Java and Kubernetes both
   * read. One that the operator could not read would keep it from all tunnels.
   */
  static final String QUANTITY =
      "^([0-9]{1,18}(\\.[0-9]{0,9})?|\\.[0-9]{1,9})"
          + "([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$";

  private static final String PORT_NAME = "^[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$";

  /** Longer ones Kubernetes takes for no map, and Java's parser of JSON for no name. */
  private static final ValidationRule SHORT_KEYS =
      new ValidationRuleBuilder()
          .withRule("self.all(k, k.size() <= 317)")
          .withMessage(
              "a key must have at most 317 characters: a prefix of 253, a slash and a name of 63")
          .build();

  private CrdYaml() {}

  /** The definition as it is generated now. */
  static CustomResourceDefinition generate(Path folder) throws IOException {
    new CRDGenerator()
        .customResourceClasses(NodePassTunnel.class)
        .inOutputDir(folder.toFile())
        .generate();
    try (Stream<Path> files = Files.list(folder);
        InputStream yaml = Files.newInputStream(files.findFirst().orElseThrow())) {
      CustomResourceDefinition crd = Serialization.unmarshal(yaml, CustomResourceDefinition.class);
      complete(schema(crd));
      // The generator sorts columns by path.
      crd.getSpec()
          .getVersions()
          .getFirst()
          .getAdditionalPrinterColumns()
          .sort(Comparator.comparingInt(c -> COLUMNS.indexOf(c.getName())));
      return crd;
    }
  }

  static JSONSchemaProps schema(CustomResourceDefinition crd) {
    return crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
  }

  /** The file's text. */
  static String text(CustomResourceDefinition crd) {
    return HEAD + Serialization.asYaml(crd);
  }

  private static void complete(JSONSchemaProps root) {
    root.setDescription(
        "One side of a NodePass tunnel, run in this cluster: a server, which accepts clients, or a"
            + " client, which dials out to a server. A tunnel carries one port.");
    root.setRequired(List.of("spec"));
    JSONSchemaProps spec = property(root, "spec");
    spec.setDescription("What is wanted.");
    property(spec, "protocols").setXKubernetesListType("set");
    JSONSchemaProps pod = property(spec, "pod");
    each(property(pod, "env"), "name");
    each(property(pod, "imagePullSecrets"), "name");
    each(property(pod, "topologySpreadConstraints"), "topologyKey", "whenUnsatisfiable");
    each(property(property(spec, "resources"), "claims"), "name");
    property(pod, "tolerations").setXKubernetesListType("atomic");
    JSONSchemaProps secret = property(property(spec, "auth"), "secret");
    property(secret, "entries").setXKubernetesListType("set");
    JSONSchemaProps status = property(root, "status");
    status.setDescription("What the operator found. Not for editing.");
    listMap(property(status, "conditions"), "type", "lastTransitionTime");
    listMap(property(status, "keys"), "name", "madeAt");
    types("", root);
  }

  /** No two entries have the same values of these fields, and all entries have them. */
  private static void each(JSONSchemaProps list, String... keys) {
    list.setXKubernetesListType("map");
    list.setXKubernetesListMapKeys(List.of(keys));
    JSONSchemaProps entry = list.getItems().getSchema();
    Set<String> required = new TreeSet<>(List.of(keys));
    if (entry.getRequired() != null) {
      required.addAll(entry.getRequired());
    }
    entry.setRequired(List.copyOf(required));
  }

  private static void listMap(JSONSchemaProps list, String key, String time) {
    each(list, key);
    property(list.getItems().getSchema(), time).setFormat("date-time");
  }

  private static void types(String name, JSONSchemaProps schema) {
    if ("integer".equals(schema.getType())) {
      integer(schema, LONG.contains(name));
    }
    if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
      intOrString(name, schema);
    }
    if (schema.getAdditionalProperties() != null) {
      map(name, schema);
    }
    if (schema.getProperties() != null) {
      for (Map.Entry<String, JSONSchemaProps> entry : schema.getProperties().entrySet()) {
        types(entry.getKey(), entry.getValue());
      }
    }
    if (schema.getItems() != null && schema.getItems().getSchema() != null) {
      JSONSchemaProps items = schema.getItems().getSchema();
      if (schema.getMaxItems() == null) {
        schema.setMaxItems(MOST_ENTRIES);
      }
      if ("string".equals(items.getType()) && items.getEnum().isEmpty()) {
        items.setMaxLength(LONGEST_ENTRY);
      }
      types("", items);
    }
  }

  /** An API server looks whether a number is an int64, but not whether it is an int32. */
  private static void integer(JSONSchemaProps schema, boolean isLong) {
    schema.setFormat(isLong ? "int64" : "int32");
    if (!isLong && schema.getMaximum() == null) {
      schema.setMinimum(0.0);
      schema.setMaximum((double) Integer.MAX_VALUE);
    }
  }

  private static void intOrString(String name, JSONSchemaProps schema) {
    switch (name) {
      case "limits", "requests", "divisor" -> {
        schema.setMinimum(0.0);
        schema.setPattern(QUANTITY);
      }
      case "port" -> {
        schema.setMinimum(1.0);
        schema.setMaximum(65535.0);
        schema.setPattern(PORT_NAME);
      }
      default -> throw new IllegalStateException(name + " takes any text: give it a pattern");
    }
  }

  private static void map(String name, JSONSchemaProps schema) {
    if (schema.getMaxProperties() == null) {
      schema.setMaxProperties(MOST_ENTRIES);
    }
    schema.getXKubernetesValidations().add(SHORT_KEYS);
    types(name, schema.getAdditionalProperties().getSchema());
  }

  static JSONSchemaProps property(JSONSchemaProps schema, String name) {
    JSONSchemaProps property = schema.getProperties().get(name);
    if (property == null) {
      throw new IllegalStateException("there is no " + name + " in the schema any more");
    }
    return property;
  }
}
