package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which side takes users. */
public enum Mode {
  /** Users come to the server, the client dials the service. */
  @JsonProperty("Reverse")
  REVERSE,

  /** Users come to the client, the server dials the service. */
  @JsonProperty("Forward")
  FORWARD
}
