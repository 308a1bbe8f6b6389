package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.LocalObjectReference;
import io.fabric8.kubernetes.api.model.Toleration;
import io.fabric8.kubernetes.api.model.TopologySpreadConstraint;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where and as what the pods run. */
@ValidationRule(
    value =
        "self.env.all(e, !has(e.name) || e.name == 'NODEPASS_JAVA_OPTS'"
            + " || (!e.name.startsWith('NODEPASS_')"
            + " && !(e.name in ['MIN_POOL_CAPACITY', 'MAX_POOL_CAPACITY', 'SEMAPHORE_LIMIT',"
            + " 'UDP_DATA_BUF_SIZE', 'UDP_READ_TIMEOUT', 'UDP_SESSION_TIMEOUT', 'REPORT_INTERVAL',"
            + " 'SERVICE_COOLDOWN', 'SHUTDOWN_TIMEOUT'])))",
    message =
        "pod.env must not set variables of the tunnel itself: use the fields of spec; only"
            + " NODEPASS_JAVA_OPTS may be set here")
@ValidationRule(
    value =
        "self.labels.all(k, !k.startsWith('app.kubernetes.io/')"
            + " && !k.startsWith('nodepass.dev/'))",
    message =
        "pod.labels must not set app.kubernetes.io/… or nodepass.dev/…: by these the tunnel's own"
            + " Services find its pods")
@ValidationRule(value = Exposure.ANNOTATIONS_RULE, message = "pod." + Exposure.ANNOTATIONS_MESSAGE)
public record PodSettings(
    @Default("{}") @Size(max = 64) @JsonPropertyDescription("More labels of the pods.")
        Map<String, String> labels,
    @Default("{}") @JsonPropertyDescription("Annotations of the pods.")
        Map<String, String> annotations,
    @Default("{}")
        @JsonPropertyDescription("Labels that a node must have to run a pod of this tunnel.")
        Map<String, String> nodeSelector,
    @Default("[]") @JsonPropertyDescription("Taints of nodes that the pods tolerate.")
        List<Toleration> tolerations,
    @JsonPropertyDescription(
            "Which nodes, or neighbours, the pods like or need. If absent, replicas prefer nodes of"
                + " their own.")
        @Nullable Affinity affinity,
    @Default("[]") @JsonPropertyDescription("How the pods are spread over zones or nodes.")
        List<TopologySpreadConstraint> topologySpreadConstraints,
    @Size(min = 1, max = 253) @JsonPropertyDescription("The PriorityClass of the pods.")
        @Nullable String priorityClassName,
    @Default("[]") @JsonPropertyDescription("Secrets with which the image is pulled.")
        List<LocalObjectReference> imagePullSecrets,
    @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription(
            "More variables of the environment, for example NODEPASS_JAVA_OPTS.")
        List<EnvVar> env) {

  static final PodSettings DEFAULT =
      new PodSettings(
          Map.of(), Map.of(), Map.of(), List.of(), null, List.of(), null, List.of(), List.of());

  public PodSettings {
    labels = labels == null ? Map.of() : Map.copyOf(labels);
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
    nodeSelector = nodeSelector == null ? Map.of() : Map.copyOf(nodeSelector);
    tolerations = tolerations == null ? List.of() : List.copyOf(tolerations);
    topologySpreadConstraints =
        topologySpreadConstraints == null ? List.of() : List.copyOf(topologySpreadConstraints);
    imagePullSecrets = imagePullSecrets == null ? List.of() : List.copyOf(imagePullSecrets);
    env = env == null ? List.of() : List.copyOf(env);
  }
}
