package dev.nodepass.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each folder of src/test/resources/plan has a resource (input.yaml), what was seen (seen.yaml,
 * where that matters) and the whole plan (expected.yaml). {@code -Dgolden=write} (or {@code make
 * golden}) makes the plans anew.
 */
class GoldenTest {
  static Stream<String> cases() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("src/test/resources/plan"))) {
      return folders.map(f -> f.getFileName().toString()).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void thePlanIsAsItWasReviewed(String name) throws IOException {
    Case one = Case.named(name);
    String planned = text(one.plan());
    if ("write".equals(System.getProperty("golden"))) {
      Files.writeString(one.expected(), planned);
    }
    assertEquals(Files.readString(one.expected()), planned);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void noCaseHasAProblem(String name) throws IOException {
    Case one = Case.named(name);
    assertEquals(List.of(), new Validation(one.surroundings()).problems(one.input()));
  }

  @Test
  void thereAreEnoughCases() throws IOException {
    assertTrue(cases().count() >= 20);
  }

  private static String text(Plan plan) {
    StringBuilder text = new StringBuilder("# Made by 'make golden'.\n");
    plan.create().ifPresent(s -> text.append("# create\n").append(Serialization.asYaml(s)));
    text.append("# apply\n");
    plan.apply().forEach(r -> text.append(Serialization.asYaml(r)));
    plan.retire()
        .forEach(k -> text.append("# retire ").append(k.name() + " " + k.uid()).append('\n'));
    return text.toString();
  }
}
