package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** The real address of users, by the PROXY protocol. */
public record Proxying(
    @Default("Off")
        @JsonPropertyDescription(
            "Whether the service is told its user's address by the PROXY protocol: Off, V1 or V2."
                + " The service must expect it. For the side that dials the service.")
        ProxyProtocol send,
    @Default("false")
        @JsonPropertyDescription(
            "Whether connections come through a load balancer that begins them with the PROXY"
                + " protocol. Others are refused then.")
        Boolean accept) {

  static final Proxying DEFAULT = new Proxying(ProxyProtocol.OFF, false);

  public Proxying {
    send = send == null ? ProxyProtocol.OFF : send;
    accept = accept != null && accept;
  }
}
