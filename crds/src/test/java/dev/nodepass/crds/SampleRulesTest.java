package dev.nodepass.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleRulesTest {
  @Test
  @SuppressWarnings("unchecked")
  void noSampleBreaksARuleOfTheSchema(@TempDir Path folder) throws IOException {
    JSONSchemaProps spec = CrdYaml.property(CrdYaml.schema(CrdYaml.generate(folder)), "spec");
    int tunnels = 0;
    for (String document : documents()) {
      Map<String, Object> sample = Serialization.unmarshal(document, Map.class);
      if (NodePassTunnel.KIND.equals(sample.get("kind"))
          && sample.get("spec") instanceof Map<?, ?> wanted) {
        tunnels++;
        assertEquals(
            List.of(), SchemaRules.broken(spec, (Map<String, Object>) wanted, null), document);
      }
    }
    assertTrue(tunnels >= 8, "samples: " + tunnels);
  }

  private static List<String> documents() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../deploy/samples"))) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.sorted().toList()) {
        all.append(Files.readString(file)).append("\n---\n");
      }
      return Stream.of(all.toString().split("(?m)^---$", -1)).filter(d -> !d.isBlank()).toList();
    }
  }
}
