package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Whether a service is told its user's address. */
public enum ProxyProtocol {
  /** No. */
  @JsonProperty("Off")
  OFF,

  /** By version 1 of the PROXY protocol, text. */
  @JsonProperty("V1")
  V1,

  /** By version 2 of the PROXY protocol, binary. */
  @JsonProperty("V2")
  V2
}
