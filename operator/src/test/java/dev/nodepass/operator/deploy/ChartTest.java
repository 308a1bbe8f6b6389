package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code -Dgolden=write} (or {@code make golden}) makes the chart's copies anew. */
class ChartTest {
  private static final String CHART = "helm/nodepass-operator/";

  /** A chart can read only files of its own. */
  @ParameterizedTest
  @CsvSource({
    "crd/nodepasstunnels.nodepass.dev.yaml, crd.yaml",
    "monitoring/alerts.yaml, alerts.yaml",
    "monitoring/dashboard.json, dashboard.json"
  })
  void theChartHasACopy(String original, String copy) throws IOException {
    String file = CHART + "files/" + copy;
    if (Deploy.write()) {
      Files.writeString(Deploy.path(file), Deploy.text(original));
    }
    assertEquals(
        Deploy.text(original), Deploy.text(file), "deploy/" + file + " is old: run 'make golden'");
  }

  @Test
  void theVersionIsThatOfTheBuild() throws IOException {
    String version = buildVersion();
    JsonNode chart = Deploy.yaml(CHART + "Chart.yaml");
    JsonNode deployment = Deploy.yaml("base/deployment.yaml");

    assertEquals(version, chart.path("version").asText());
    assertEquals(version, chart.path("appVersion").asText());
    assertEquals(
        "nodepass/operator:" + version,
        deployment.at("/spec/template/spec/containers/0/image").asText());
    assertEquals(
        "nodepass/tunnel:" + version,
        Deploy.variable(deployment, "NODEPASS_IMAGE").path("value").asText());
  }

  private static String buildVersion() throws IOException {
    Matcher version =
        Pattern.compile("<artifactId>nodepass</artifactId>\\s*<version>([^<]+)</version>")
            .matcher(Files.readString(Path.of("../pom.xml")));
    assertTrue(version.find());
    return version.group(1).replace("-SNAPSHOT", "");
  }

  @Test
  void theSchemaLetsNoUnknownValueThrough() throws IOException {
    strict("values", Deploy.yaml(CHART + "values.schema.json"));
  }

  private static void strict(String where, JsonNode schema) {
    if (!schema.has("properties")) {
      return;
    }
    // An entry of env is one of Kubernetes' own, which may have more.
    if (!where.endsWith(".env[]")) {
      assertFalse(schema.path("additionalProperties").asBoolean(true), where);
    }
    for (var property : schema.path("properties").properties()) {
      strict(where + "." + property.getKey(), property.getValue());
      strict(where + "." + property.getKey() + "[]", property.getValue().path("items"));
    }
  }

  @Test
  void everyValueThatCanBeSetHasADefault() throws IOException {
    Set<String> without = new TreeSet<>();
    missing(
        "", Deploy.yaml(CHART + "values.schema.json"), Deploy.yaml(CHART + "values.yaml"), without);
    assertEquals(Set.of(".global", ".resources.claims"), without);
  }

  private static void missing(String where, JsonNode schema, JsonNode values, Set<String> without) {
    for (var property : schema.path("properties").properties()) {
      String name = where + "." + property.getKey();
      if (values.has(property.getKey())) {
        missing(name, property.getValue(), values.path(property.getKey()), without);
      } else {
        without.add(name);
      }
    }
  }
}
