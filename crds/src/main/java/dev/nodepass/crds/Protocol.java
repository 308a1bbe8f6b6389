package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What users speak. */
public enum Protocol {
  /** Connections. */
  @JsonProperty("TCP")
  TCP,

  /** Datagrams. */
  @JsonProperty("UDP")
  UDP
}
