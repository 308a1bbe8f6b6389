package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alerts and dashboard ask only for what there is. */
class MonitoringTest {
  private static final Pattern WORD = Pattern.compile("\\b[a-z][a-z0-9_]*_[a-z0-9_]+\\b");
  private static final Pattern REASON = Pattern.compile("reason=~?\"([^\"]+)\"");

  /** Of Prometheus itself, and words with an underscore that are no metric. */
  private static final Set<String> OTHERS = Set.of("up", "label_values", "controller_name");

  /** The first cell of each row in docs/metrics.md, by how many cells the row has. */
  private static Set<String> documented(int cells) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("../docs/metrics.md"))) {
      return lines
          .filter(line -> line.startsWith("| `") && line.split("\\|", -1).length == cells + 2)
          .map(line -> line.split("`", 3)[1])
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private static List<JsonNode> rules() throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    Deploy.yaml("monitoring/alerts.yaml")
        .at("/spec/groups")
        .forEach(group -> group.path("rules").forEach(rules::add));
    return rules;
  }

  private static JsonNode dashboard() throws IOException {
    return Deploy.yaml("monitoring/dashboard.json");
  }

  /** Every expression of alerts and dashboard. */
  private static List<String> expressions() throws IOException {
    List<String> expressions = new ArrayList<>();
    rules().forEach(rule -> expressions.add(rule.path("expr").asText()));
    dashboard().findValues("expr").forEach(expr -> expressions.add(expr.asText()));
    for (JsonNode variable : dashboard().at("/templating/list")) {
      if (variable.path("query").isObject()) {
        expressions.add(variable.at("/query/query").asText());
      }
    }
    return expressions;
  }

  @Test
  void everyMetricIsDocumented() throws IOException {
    Set<String> unknown = new TreeSet<>();
    for (String expression : expressions()) {
      String bare = expression.replaceAll("\"[^\"]*\"", "").replaceAll("\\$\\w+", "");
      WORD.matcher(bare).results().map(MatchResult::group).forEach(unknown::add);
    }
    assertTrue(unknown.size() > 20, "metrics: " + unknown);
    unknown.removeAll(documented(4));
    unknown.removeAll(documented(3));
    unknown.removeAll(OTHERS);
    assertEquals(Set.of(), unknown);
  }

  @Test
  void everyReasonIsDocumented() throws IOException {
    Set<String> unknown = new TreeSet<>();
    for (String expression : expressions()) {
      REASON
          .matcher(expression)
          .results()
          .flatMap(reason -> Stream.of(reason.group(1).split("\\|", -1)))
          .forEach(unknown::add);
    }
    assertTrue(unknown.size() > 5, "reasons: " + unknown);
    unknown.removeAll(documented(2));
    assertEquals(Set.of(), unknown);
  }

  @Test
  void theMetricsOfTheSdkAreCalledSo() throws IOException {
    Set<String> ofSdk =
        Stream.of(
                MicrometerMetricsV2.RECONCILIATIONS_SUCCESS,
                MicrometerMetricsV2.RECONCILIATIONS_FAILED,
                MicrometerMetricsV2.RECONCILIATION_EXECUTION_DURATION + ".seconds.count",
                MicrometerMetricsV2.RECONCILIATION_EXECUTION_DURATION + ".seconds.sum")
            .map(name -> name.replace('.', '_'))
            .collect(Collectors.toCollection(TreeSet::new));
    ofSdk.add("nodepass_tunnel_ready");
    assertEquals(ofSdk, documented(3));
  }

  @Test
  void everyAlertSaysWhatAndWhatToDo() throws IOException {
    Set<String> names = new TreeSet<>();
    for (JsonNode rule : rules()) {
      String name = rule.path("alert").asText();
      assertTrue(name.startsWith("NodePass") && names.add(name), name);
      assertTrue(
          Set.of("info", "warning", "critical").contains(rule.at("/labels/severity").asText()),
          name);
      assertFalse(rule.at("/annotations/summary").asText().isBlank(), name);
      assertFalse(rule.at("/annotations/description").asText().isBlank(), name);
      assertFalse(rule.path("for").asText().isBlank(), name);
    }
  }

  @Test
  void everyPanelHasATitleAndSaysWhatItShows() throws IOException {
    Set<Integer> ids = new TreeSet<>();
    for (JsonNode panel : dashboard().path("panels")) {
      assertTrue(ids.add(panel.path("id").asInt()));
      assertFalse(panel.path("title").asText().isBlank());
      assertTrue(
          panel.path("type").asText().equals("row")
              || !panel.path("description").asText().isBlank(),
          panel.path("title").asText());
    }
  }
}
