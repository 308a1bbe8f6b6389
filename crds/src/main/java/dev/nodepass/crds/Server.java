package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.ArrayList;
import java.util.List;

/** The servers that a client dials. */
@ValidationRule(
    value =
        "self.others.all(o, !(o.host == self.host && o.port == self.port)"
            + " && self.others.exists_one(p, p.host == o.host && p.port == o.port))",
    message = "each server must be named once: two of server and server.others are the same")
public record Server(
    @Required
        @Size(min = 1, max = 253)
        @Pattern(ServerAddress.HOST)
        @JsonPropertyDescription(
            "Name, IPv4 address or IPv6 address (without brackets) of the server. A name that stands"
                + " for several replicas is enough to reach all of them.")
        String host,
    @Default("10101") @Min(1) @Max(65535) @JsonPropertyDescription("The server's tunnel port.")
        Integer port,
    @Default("[]")
        @Size(max = 15)
        @JsonPropertyDescription(
            "More servers. The client keeps a session with each, so that users are served while one"
                + " of them is away.")
        List<ServerAddress> others) {

  public Server {
    port = port == null ? ServerAddress.PORT : port;
    others = others == null ? List.of() : List.copyOf(others);
  }

  /** All of them, the first one first. */
  public List<ServerAddress> all() {
    List<ServerAddress> all = new ArrayList<>();
    all.add(new ServerAddress(host, port));
    all.addAll(others);
    return List.copyOf(all);
  }
}
