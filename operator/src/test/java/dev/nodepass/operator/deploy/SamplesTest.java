package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.plan.Plan;
import dev.nodepass.operator.plan.Planner;
import dev.nodepass.operator.plan.Seen;
import dev.nodepass.operator.plan.Surroundings;
import dev.nodepass.operator.plan.Validation;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the samples say is understood, whole, and can be planned. */
class SamplesTest {
  private static final Surroundings SURROUNDINGS =
      new Surroundings("registry.example/nodepass:0.1.0", "0.1.0", "nodepass-system", true, true);
  private static final Seen SEEN =
      new Seen(
          false,
          List.of(),
          List.of(),
          "fresh-key-of-43-characters-0123456789abcdef",
          null,
          Instant.parse("2026-01-01T12:00:00Z"));

  static List<String> samples() throws IOException {
    try (Stream<Path> files = Files.list(Deploy.path("samples"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static List<JsonNode> tunnels(String sample) throws IOException {
    return Deploy.documents(Deploy.text("samples/" + sample)).stream()
        .filter(one -> one.path("kind").asText().equals(NodePassTunnel.KIND))
        .toList();
  }

  private static NodePassTunnel parsed(JsonNode sample) {
    NodePassTunnel tunnel = Serialization.unmarshal(sample.toString(), NodePassTunnel.class);
    tunnel.getMetadata().setNamespace("default");
    tunnel.getMetadata().setUid("5d1c6f0e-0000-4000-8000-000000000001");
    tunnel.getMetadata().setGeneration(1L);
    return tunnel;
  }

  @ParameterizedTest
  @MethodSource("samples")
  void everyFieldIsUnderstood(String sample) throws IOException {
    List<String> lost = new ArrayList<>();
    for (JsonNode one : tunnels(sample)) {
      JsonNode read = Deploy.documents(Serialization.asYaml(parsed(one))).getFirst();
      compare("", one, read, lost);
    }
    assertEquals(List.of(), lost);
  }

  private static void compare(String where, JsonNode said, JsonNode read, List<String> lost) {
    if (said.isContainerNode()) {
      said.properties()
          .forEach(
              p -> compare(where + "." + p.getKey(), p.getValue(), read.path(p.getKey()), lost));
      for (int i = 0; said.isArray() && i < said.size(); i++) {
        compare(where + "." + i, said.get(i), read.path(i), lost);
      }
    } else if (!said.equals(read)) {
      lost.add(where + ": " + said + " became " + read);
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void itCanBePlanned(String sample) throws IOException {
    assertFalse(tunnels(sample).isEmpty());
    for (JsonNode one : tunnels(sample)) {
      NodePassTunnel tunnel = parsed(one);
      assertEquals(List.of(), new Validation(SURROUNDINGS).problems(tunnel));
      Plan plan = new Planner(SURROUNDINGS).plan(tunnel, SEEN);
      assertTrue(plan.apply().stream().anyMatch(r -> r.getKind().equals("Deployment")));
    }
  }

  @Test
  void allCanBeAppliedTogether() throws IOException {
    Set<String> names = new HashSet<>();
    for (String sample : samples()) {
      for (JsonNode one : tunnels(sample)) {
        String name = one.at("/metadata/name").asText();
        assertTrue(names.add(name), name);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void itSaysWhatItIsFor(String sample) throws IOException {
    assertTrue(Deploy.text("samples/" + sample).startsWith("# "));
  }

  @Test
  void theAutoscalerScalesItsTunnel() throws IOException {
    List<JsonNode> all = Deploy.documents(Deploy.text("samples/autoscaling.yaml"));
    JsonNode target = all.getLast().at("/spec/scaleTargetRef");
    assertEquals(all.getFirst().path("apiVersion"), target.path("apiVersion"));
    assertEquals(all.getFirst().path("kind"), target.path("kind"));
    assertEquals(all.getFirst().at("/metadata/name"), target.path("name"));
    assertTrue(all.getFirst().at("/spec/replicas").isMissingNode());
  }
}
