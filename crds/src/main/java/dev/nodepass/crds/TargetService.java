package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Service for users. */
@ValidationRule(value = Exposure.NODE_PORT_RULE, message = Exposure.NODE_PORT_MESSAGE)
@ValidationRule(value = Exposure.BALANCER_RULE, message = Exposure.BALANCER_MESSAGE)
@ValidationRule(value = Exposure.POLICY_RULE, message = Exposure.POLICY_MESSAGE)
@ValidationRule(value = Exposure.ANNOTATIONS_RULE, message = Exposure.ANNOTATIONS_MESSAGE)
@ValidationRule(value = Exposure.CLASS_RULE, message = Exposure.CLASS_MESSAGE)
public record TargetService(
    @Default("ClusterIP")
        @JsonPropertyDescription("Type of the Service: ClusterIP, NodePort or LoadBalancer.")
        ServiceType type,
    @Min(1)
        @Max(65535)
        @JsonPropertyDescription("Port of every node; drawn by the cluster if absent.")
        @Nullable Integer nodePort,
    @Default("{}")
        @JsonPropertyDescription(
            "Annotations of the Service, by which clouds and load balancers take their options.")
        Map<String, String> annotations,
    @Size(min = 1, max = 253)
        @JsonPropertyDescription(
            "Which load balancer takes care of the Service; the cluster's default if absent. It"
                + " cannot be changed later.")
        @Nullable String loadBalancerClass,
    @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription(
            "The only networks (CIDR) from which the load balancer takes traffic; all if empty.")
        List<String> loadBalancerSourceRanges,
    @JsonPropertyDescription(
            "Cluster spreads over all nodes, Local keeps the sender's address and uses only nodes"
                + " with a pod of this tunnel.")
        @Nullable TrafficPolicy externalTrafficPolicy) {

  static final TargetService DEFAULT =
      new TargetService(ServiceType.CLUSTER_IP, null, Map.of(), null, List.of(), null);

  public TargetService {
    type = type == null ? ServiceType.CLUSTER_IP : type;
    annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
    loadBalancerSourceRanges =
        loadBalancerSourceRanges == null ? List.of() : List.copyOf(loadBalancerSourceRanges);
  }

  /** What both kinds of Service have in common. */
  public Exposure exposure() {
    return new Exposure(
        type,
        nodePort,
        annotations,
        loadBalancerClass,
        loadBalancerSourceRanges,
        externalTrafficPolicy);
  }
}
