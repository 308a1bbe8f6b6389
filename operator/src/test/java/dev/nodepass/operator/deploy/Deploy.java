package dev.nodepass.operator.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The folder deploy/, and YAML as plain trees. */
final class Deploy {
  private static final Path FOLDER = Path.of("../deploy").toAbsolutePath().normalize();
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private Deploy() {}

  static Path path(String inFolder) {
    return FOLDER.resolve(inFolder);
  }

  static String text(String file) throws IOException {
    return Files.readString(path(file));
  }

  /** The only document of a file. */
  static JsonNode yaml(String file) throws IOException {
    return documents(text(file)).getFirst();
  }

  /** All documents of a text; empty ones are left out. */
  static List<JsonNode> documents(String text) throws IOException {
    try (MappingIterator<JsonNode> all = YAML.readerFor(JsonNode.class).readValues(text)) {
      return all.readAll().stream()
          .filter(one -> one != null && one.isObject())
          .map(Deploy::plain)
          .toList();
    }
  }

  /** With numbers as values, however they are written: 1.0E9 is 1e+09 and 1000000000. */
  private static JsonNode plain(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        ObjectNode copy = YAML.createObjectNode();
        object.properties().forEach(p -> copy.set(p.getKey(), plain(p.getValue())));
        yield copy;
      }
      case ArrayNode array -> {
        ArrayNode copy = YAML.createArrayNode();
        array.forEach(entry -> copy.add(plain(entry)));
        yield copy;
      }
      case NumericNode number -> {
        BigDecimal value = number.decimalValue().stripTrailingZeros();
        yield DecimalNode.valueOf(value.scale() < 0 ? value.setScale(0) : value);
      }
      default -> node;
    };
  }

  /** The resources of a text, by kind, namespace and name. */
  static Map<String, JsonNode> resources(String text) throws IOException {
    Map<String, JsonNode> resources = new TreeMap<>();
    for (JsonNode one : documents(text)) {
      JsonNode meta = one.path("metadata");
      String id =
          "%s %s/%s"
              .formatted(
                  one.path("kind").asText(),
                  meta.path("namespace").asText(),
                  meta.path("name").asText());
      if (resources.put(id, one) != null) {
        throw new IllegalStateException(id + " stands there twice");
      }
    }
    return resources;
  }

  /** One of them, which must be there. */
  static JsonNode resource(Map<String, JsonNode> resources, String id) {
    JsonNode found = resources.get(id);
    if (found == null) {
      throw new IllegalStateException("no " + id + " in " + resources.keySet());
    }
    return found;
  }

  /** A variable of the only container of a Deployment; missing if it is not set. */
  static JsonNode variable(JsonNode deployment, String name) {
    for (JsonNode variable : deployment.at("/spec/template/spec/containers/0/env")) {
      if (variable.path("name").asText().equals(name)) {
        return variable;
      }
    }
    return MissingNode.getInstance();
  }

  /** Golden files are made anew by {@code make golden}. */
  static boolean write() {
    return "write".equals(System.getProperty("golden"));
  }
}
