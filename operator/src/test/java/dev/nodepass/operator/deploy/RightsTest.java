package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.Pluralize;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code -Dgolden=write} (or {@code make golden}) makes the files anew. */
class RightsTest {
  static Set<String> files() {
    return Rights.files().keySet();
  }

  @ParameterizedTest
  @MethodSource("files")
  void theFileGrantsWhatTheListSays(String file) throws IOException {
    String wanted = String.valueOf(Rights.files().get(file));
    if (Deploy.write()) {
      Files.createDirectories(Deploy.path(file).resolveSibling(""));
      Files.writeString(Deploy.path(file), wanted);
    }
    assertEquals(wanted, Deploy.text(file), "deploy/" + file + " is old: run 'make golden'");
  }

  @Test
  void whatIsPlannedIsAllowedAndNothingElse() throws IOException {
    assertEquals(planned(), resources(Rights.PLANNED));
  }

  /** Every group and resource in the plans of all golden cases. */
  private static Set<String> planned() throws IOException {
    Set<String> planned = new TreeSet<>();
    try (Stream<Path> cases = Files.list(Path.of("src/test/resources/plan"))) {
      for (Path one : cases.toList()) {
        for (JsonNode resource : Deploy.documents(Files.readString(one.resolve("expected.yaml")))) {
          String version = resource.path("apiVersion").asText();
          String group = version.contains("/") ? version.substring(0, version.indexOf('/')) : "";
          String kind = resource.path("kind").asText();
          planned.add(group + "/" + Pluralize.toPlural(kind.toLowerCase(Locale.ROOT)));
        }
      }
    }
    return planned;
  }

  private static Set<String> resources(List<Rule> rules) {
    return rules.stream()
        .flatMap(rule -> rule.resources().stream().map(r -> rule.group() + "/" + r))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void noSecretCanBeReadOrChanged() {
    assertEquals(Set.of("create", "delete"), verbs("secrets"));
  }

  @Test
  void noRightIsForEverything() {
    assertTrue(
        Rights.operator().stream()
            .flatMap(rule -> Stream.concat(rule.resources().stream(), rule.verbs().stream()))
            .noneMatch(word -> word.contains("*")));
  }

  @Test
  void thePodsOfATunnelGetNoRightByTheOperator() {
    assertEquals(
        Set.of(),
        Rights.operator().stream()
            .map(Rule::group)
            .filter("rbac.authorization.k8s.io"::equals)
            .collect(Collectors.toSet()));
  }

  private static Set<String> verbs(String resource) {
    return Rights.operator().stream()
        .filter(rule -> rule.resources().contains(resource))
        .flatMap(rule -> rule.verbs().stream())
        .collect(Collectors.toSet());
  }
}
