package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** When the image is pulled. */
public enum PullPolicy {
  /** At each start of a pod. */
  @JsonProperty("Always")
  ALWAYS,

  /** If the node does not have it. */
  @JsonProperty("IfNotPresent")
  IF_NOT_PRESENT,

  /** Never: the node must have it. */
  @JsonProperty("Never")
  NEVER
}
