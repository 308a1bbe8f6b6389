package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a Service is reached. */
public enum ServiceType {
  /** From inside the cluster only. */
  @JsonProperty("ClusterIP")
  CLUSTER_IP,

  /** At a port of every node. */
  @JsonProperty("NodePort")
  NODE_PORT,

  /** At an address that the cloud or a load balancer of the cluster gives. */
  @JsonProperty("LoadBalancer")
  LOAD_BALANCER
}
