package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What the plans of tunnels take for granted of the operator's own pods. */
class OperatorPodTest {
  private static JsonNode template() throws IOException {
    return Deploy.yaml("base/deployment.yaml").at("/spec/template");
  }

  @Test
  void tunnelsLetItIn() throws IOException {
    String plan = Files.readString(Path.of("src/test/resources/plan/server-minimal/expected.yaml"));
    JsonNode policy =
        Deploy.documents(plan).stream()
            .filter(one -> one.path("kind").asText().equals("NetworkPolicy"))
            .findFirst()
            .orElseThrow();
    JsonNode selector = MissingNode.getInstance();
    for (JsonNode rule : policy.at("/spec/ingress")) {
      for (JsonNode peer : rule.path("from")) {
        selector = peer.has("podSelector") ? peer.at("/podSelector/matchLabels") : selector;
      }
    }
    assertFalse(selector.isEmpty());
    Map<String, JsonNode> labels = new TreeMap<>();
    template()
        .at("/metadata/labels")
        .properties()
        .forEach(l -> labels.put(l.getKey(), l.getValue()));
    selector.properties().forEach(l -> assertEquals(l.getValue(), labels.get(l.getKey())));
  }

  @Test
  void everyProbeAsksThePortThatIsThere() throws IOException {
    JsonNode container = template().at("/spec/containers/0");
    assertEquals("http", container.at("/ports/0/name").asText());
    Map<String, String> probes =
        Map.of(
            "startupProbe", "/q/health/started",
            "livenessProbe", "/q/health/live",
            "readinessProbe", "/q/health/ready");
    probes.forEach(
        (probe, path) -> {
          assertEquals("http", container.at("/" + probe + "/httpGet/port").asText());
          assertEquals(path, container.at("/" + probe + "/httpGet/path").asText());
        });
  }
}
