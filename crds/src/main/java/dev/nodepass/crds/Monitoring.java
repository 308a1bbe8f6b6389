package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;

/** Metrics for Prometheus. */
@ValidationRule(
    value =
        "self.labels.all(k, !k.startsWith('app.kubernetes.io/')"
            + " && !k.startsWith('nodepass.dev/'))",
    message =
        "monitoring.labels must not set app.kubernetes.io/… or nodepass.dev/…: by these the"
            + " operator finds what it made")
public record Monitoring(
    @Default("true")
        @JsonPropertyDescription(
            "Whether a PodMonitor is made where the cluster has that API (Prometheus Operator).")
        Boolean podMonitor,
    @Default(Monitoring.INTERVAL)
        @Size(max = 16)
        @Pattern("^[0-9]{1,5}(s|m)$")
        @JsonPropertyDescription("How often Prometheus asks.")
        String interval,
    @Default("{}")
        @Size(max = 32)
        @JsonPropertyDescription(
            "Labels of the PodMonitor, by which a Prometheus selects what it asks.")
        Map<String, String> labels) {

  static final String INTERVAL = "30s";
  static final Monitoring DEFAULT = new Monitoring(true, INTERVAL, Map.of());

  public Monitoring {
    podMonitor = podMonitor == null || podMonitor;
    interval = interval == null ? INTERVAL : interval;
    labels = labels == null ? Map.of() : Map.copyOf(labels);
  }
}
