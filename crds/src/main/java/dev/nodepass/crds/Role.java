package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Which side of the tunnel runs here. */
public enum Role {
  /** Accepts clients on the tunnel port. */
  @JsonProperty("Server")
  SERVER,

  /** Dials out to a server. */
  @JsonProperty("Client")
  CLIENT
}
