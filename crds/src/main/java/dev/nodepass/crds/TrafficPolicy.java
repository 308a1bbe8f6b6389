package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which nodes pass traffic from outside on. */
public enum TrafficPolicy {
  /** All; the address of the sender may be lost. */
  @JsonProperty("Cluster")
  CLUSTER,

  /** Those with a pod of the tunnel; the address of the sender is kept. */
  @JsonProperty("Local")
  LOCAL
}
