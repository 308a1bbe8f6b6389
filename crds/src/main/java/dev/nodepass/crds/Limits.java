package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Size;
import java.util.List;

/** How much each replica takes. */
public record Limits(
    @Default("1024")
        @Min(1)
        @Max(1000000)
        @JsonPropertyDescription(
            "Most users' connections at one time in each replica; more wait a little, then are"
                + " refused.")
        Integer connections,
    @Default("0")
        @Min(0)
        @Max(1000000)
        @JsonPropertyDescription("Most connections of users from one address; 0 for no limit.")
        Integer perSource,
    @Default("0")
        @Min(0)
        @Max(1000000)
        @JsonPropertyDescription("Most new connections of users in a second; 0 for no limit.")
        Integer acceptRate,
    @Default("0")
        @Min(0)
        @Max(100000)
        @JsonPropertyDescription(
            "Mbit/s of all users' streams of a replica together, each way; 0 for no limit.")
        Integer rateMbit,
    @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription(
            "The only networks (CIDR) that users may come from; all if empty. It goes by the address"
                + " that the pod sees: see externalTrafficPolicy and proxyProtocol.accept.")
        List<String> allowUsers,
    @Default("[]")
        @Size(max = 64)
        @JsonPropertyDescription(
            "Server: the only networks (CIDR) that clients may come from; all if empty. It goes by"
                + " the address that the pod sees.")
        List<String> allowClients,
    @Default("1")
        @Min(1)
        @Max(1000000)
        @JsonPropertyDescription(
            "How many users may follow one another on a data connection, on the side that takes"
                + " users. More is faster for many short connections.")
        Integer reuse,
    @Default("4")
        @Min(1)
        @Max(64)
        @JsonPropertyDescription("Data connections over which UDP is spread.")
        Integer udpLanes,
    @Default("8192")
        @Min(1)
        @Max(65507)
        @JsonPropertyDescription("Largest datagram that is carried, in bytes.")
        Integer datagramBytes) {

  static final Limits DEFAULT = new Limits(1024, 0, 0, 0, List.of(), List.of(), 1, 4, 8192);

  public Limits {
    connections = connections == null ? 1024 : connections;
    perSource = perSource == null ? 0 : perSource;
    acceptRate = acceptRate == null ? 0 : acceptRate;
    rateMbit = rateMbit == null ? 0 : rateMbit;
    allowUsers = allowUsers == null ? List.of() : List.copyOf(allowUsers);
    allowClients = allowClients == null ? List.of() : List.copyOf(allowClients);
    reuse = reuse == null ? 1 : reuse;
    udpLanes = udpLanes == null ? 4 : udpLanes;
    datagramBytes = datagramBytes == null ? 8192 : datagramBytes;
  }
}
