package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Service for clients. */
@ValidationRule(value = Exposure.NODE_PORT_RULE, message = Exposure.NODE_PORT_MESSAGE)
@ValidationRule(value = Exposure.BALANCER_RULE, message = Exposure.BALANCER_MESSAGE)
@ValidationRule(value = Exposure.POLICY_RULE, message = Exposure.POLICY_MESSAGE)
@ValidationRule(value = Exposure.ANNOTATIONS_RULE, message = Exposure.ANNOTATIONS_MESSAGE)
public record TunnelService(
    @Default("LoadBalancer")
        @JsonPropertyDescription(
            "Type of the Service: LoadBalancer, NodePort, or ClusterIP for clients in this cluster"
                + " or behind an ingress of your own that passes TCP on.")
        ServiceType type,
    @Default("10101")
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription(
            "Port at which clients dial the Service; 443 passes most firewalls.")
        Integer port,
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
        @Nullable TrafficPolicy externalTrafficPolicy,
    @Size(min = 1, max = 253)
        @Pattern(ServerAddress.HOST)
        @JsonPropertyDescription(
            "Name or address by which clients reach this port, where the cluster cannot know it: a"
                + " DNS name, or a node's address with type NodePort. It is shown as the endpoint.")
        @Nullable String hostname) {

  static final TunnelService DEFAULT =
      new TunnelService(
          ServiceType.LOAD_BALANCER,
          ServerAddress.PORT,
          null,
          Map.of(),
          null,
          List.of(),
          null,
          null);

  public TunnelService {
    type = type == null ? ServiceType.LOAD_BALANCER : type;
    port = port == null ? ServerAddress.PORT : port;
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
