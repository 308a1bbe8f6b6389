package dev.nodepass.crds;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a Service is reached: what the Service for clients and that for users have in common. */
public record Exposure(
    ServiceType type,
    @Nullable Integer nodePort,
    Map<String, String> annotations,
    @Nullable String loadBalancerClass,
    List<String> loadBalancerSourceRanges,
    @Nullable TrafficPolicy externalTrafficPolicy) {

  static final String NODE_PORT_RULE = "!has(self.nodePort) || self.type != 'ClusterIP'";
  static final String NODE_PORT_MESSAGE =
      "nodePort needs type NodePort or LoadBalancer: a ClusterIP Service has no port on the nodes";
  static final String BALANCER_RULE =
      "self.type == 'LoadBalancer' || (!has(self.loadBalancerClass)"
          + " && self.loadBalancerSourceRanges.size() == 0)";
  static final String BALANCER_MESSAGE =
      "loadBalancerClass and loadBalancerSourceRanges need type LoadBalancer";
  static final String CLASS_RULE =
      "self.type != 'LoadBalancer' || oldSelf.type != 'LoadBalancer'"
          + " || (has(self.loadBalancerClass) ? self.loadBalancerClass : '')"
          + " == (has(oldSelf.loadBalancerClass) ? oldSelf.loadBalancerClass : '')";
  static final String CLASS_MESSAGE =
      "loadBalancerClass cannot be changed while type is LoadBalancer: set type ClusterIP first, or"
          + " make another tunnel";
  static final String ANNOTATIONS_RULE = "self.annotations.all(k, !k.startsWith('nodepass.dev/'))";
  static final String ANNOTATIONS_MESSAGE =
      "annotations must not set nodepass.dev/…: these are the operator's own";
  static final String POLICY_RULE = "!has(self.externalTrafficPolicy) || self.type != 'ClusterIP'";
  static final String POLICY_MESSAGE =
      "externalTrafficPolicy needs type NodePort or LoadBalancer: nothing from outside reaches a"
          + " ClusterIP Service";
}
