package dev.nodepass.operator.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.nodepass.crds.NodePassTunnel;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A folder of src/test/resources/plan: a resource, what was seen if that matters, the plan. */
record Case(Path folder) {
  static final Seen SEEN =
      new Seen(
          false,
          List.of(),
          List.of(),
          "fresh-key-of-43-characters-0123456789abcdef",
          null,
          Instant.parse("2026-01-01T12:00:00Z"));
  static final Surroundings SURROUNDINGS =
      new Surroundings("registry.example/nodepass:0.1.0", "0.1.0", "nodepass-system", false, false);

  private static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory()).registerModule(new JavaTimeModule());

  /** The file seen.yaml; what it leaves out is as in most cases. */
  record Given(@Nullable Seen seen, @Nullable Surroundings surroundings) {}

  static Case named(String name) {
    return new Case(Path.of("src/test/resources/plan", name));
  }

  NodePassTunnel input() throws IOException {
    return Serialization.unmarshal(
        Files.readString(folder.resolve("input.yaml")), NodePassTunnel.class);
  }

  Seen seen() throws IOException {
    Seen seen = given().seen();
    return seen == null ? SEEN : seen;
  }

  Surroundings surroundings() throws IOException {
    Surroundings surroundings = given().surroundings();
    return surroundings == null ? SURROUNDINGS : surroundings;
  }

  private Given given() throws IOException {
    Path file = folder.resolve("seen.yaml");
    return Files.exists(file)
        ? YAML.readValue(Files.readString(file), Given.class)
        : new Given(null, null);
  }

  Plan plan() throws IOException {
    return new Planner(surroundings()).plan(input(), seen());
  }

  Path expected() {
    return folder.resolve("expected.yaml");
  }
}
