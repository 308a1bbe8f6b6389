package dev.nodepass.crds;

import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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

  /** Entries of lists of text have no annotations of their own; CEL wants to know how long. */
  private static final long LONGEST_ENTRY = 253;

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
    JSONSchemaProps status = property(root, "status");
    status.setDescription("What the operator found. Not for editing.");
    listMap(property(status, "conditions"), "type", "lastTransitionTime");
    listMap(property(status, "keys"), "name", "madeAt");
    types("", root);
  }

  private static void listMap(JSONSchemaProps list, String key, String time) {
    list.setXKubernetesListType("map");
    list.setXKubernetesListMapKeys(List.of(key));
    property(list.getItems().getSchema(), time).setFormat("date-time");
  }

  private static void types(String name, JSONSchemaProps schema) {
    if ("integer".equals(schema.getType())) {
      schema.setFormat(name.equals("observedGeneration") ? "int64" : "int32");
    }
    if (schema.getProperties() != null) {
      for (Map.Entry<String, JSONSchemaProps> entry : schema.getProperties().entrySet()) {
        types(entry.getKey(), entry.getValue());
      }
    }
    if (schema.getItems() != null && schema.getItems().getSchema() != null) {
      JSONSchemaProps items = schema.getItems().getSchema();
      if ("string".equals(items.getType()) && items.getEnum().isEmpty()) {
        items.setMaxLength(LONGEST_ENTRY);
      }
      types("", items);
    }
  }

  static JSONSchemaProps property(JSONSchemaProps schema, String name) {
    JSONSchemaProps property = schema.getProperties().get(name);
    if (property == null) {
      throw new IllegalStateException("there is no " + name + " in the schema any more");
    }
    return property;
  }
}
