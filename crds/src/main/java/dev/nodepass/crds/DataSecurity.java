package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How users' data travel between the two sides. */
public enum DataSecurity {
  /** As TLS 1.3. */
  @JsonProperty("Encrypted")
  ENCRYPTED,

  /** In the clear, if both sides say so. */
  @JsonProperty("Plain")
  PLAIN
}
