package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** A server to dial. */
public record ServerAddress(
    @Required
        @Size(min = 1, max = 253)
        @Pattern(ServerAddress.HOST)
        @JsonPropertyDescription(
            "Name, IPv4 address or IPv6 address (without brackets) of the server.")
        String host,
    @Default("10101") @Min(1) @Max(65535) @JsonPropertyDescription("The server's tunnel port.")
        Integer port) {

  /** The tunnel port where none is said. */
  public static final int PORT = 10101;

  static final String HOST =
      "^([A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)$";

  public ServerAddress {
    port = port == null ? PORT : port;
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
