package dev.nodepass.runtime.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.config.Role;
import dev.nodepass.runtime.observe.TunnelMetrics.UserOutcome;
import dev.nodepass.runtime.rules.Documentation;
import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.Collector;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The table of metrics, compared with what Prometheus scrapes. */
class MetricsDocumentTest {
  private static final List<List<String>> TABLES = Documentation.rows("metrics.md");

  /** Rows of four cells are metrics; those of two explain a label's values. */
  private static List<List<String>> rows(int cells) {
    return TABLES.stream().filter(row -> row.size() == cells).toList();
  }

  @SuppressWarnings("deprecation") // It is the registry that Quarkus brings.
  private static List<Collector.MetricFamilySamples> scraped() {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    TunnelStatus status =
        new TunnelStatus("connected", "", true, List.of(), 0, 0, 0, 0, 0, 0, List.of());
    new TunnelMetrics(registry, new Refusals(() -> Instant.EPOCH))
        .gauges(Role.CLIENT, "epoll", () -> status);
    return Collections.list(registry.getPrometheusRegistry().metricFamilySamples());
  }

  @Test
  void everyMetricIsInTheTableAndNothingElse() {
    Map<String, String> inCode = new TreeMap<>();
    for (Collector.MetricFamilySamples family : scraped()) {
      for (Collector.MetricFamilySamples.Sample sample : family.samples) {
        inCode.put(
            sample.name,
            family.type.name().toLowerCase(Locale.ROOT)
                + " "
                + sample.labelNames.stream().sorted().collect(Collectors.joining(", ")));
      }
    }
    Map<String, String> inTable = new TreeMap<>();
    for (List<String> row : rows(4)) {
      String before = inTable.put(row.get(0), row.get(1) + " " + row.get(2));
      assertEquals(null, before, "twice in the table: " + row.get(0));
    }

    assertEquals(inCode, inTable);
  }

  @Test
  void everyMetricHasAMeaning() {
    assertTrue(rows(4).stream().noneMatch(row -> row.get(3).isBlank()));
  }

  @Test
  void everyValueOfALabelIsExplainedAndNothingElse() {
    List<String> inCode =
        Stream.of(
                Arrays.stream(UserOutcome.values()).map(UserOutcome::label),
                Arrays.stream(DatagramDrop.values()).map(DatagramDrop::label),
                Arrays.stream(Refusal.values()).map(Refusal::label))
            .flatMap(labels -> labels)
            .toList();

    assertEquals(inCode, rows(2).stream().map(List::getFirst).toList());
  }
}
