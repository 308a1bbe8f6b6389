package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the two sides prove who they are. */
public enum AuthType {
  /** By a shared key. */
  @JsonProperty("Key")
  KEY,

  /** Not at all, or by certificates alone. */
  @JsonProperty("None")
  NONE
}
