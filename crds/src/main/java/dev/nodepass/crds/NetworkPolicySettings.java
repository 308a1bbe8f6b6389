package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import java.util.List;

/** Who may reach the pods, and whom they may reach. */
@ValidationRule(
    value = "self.restrictEgress || self.egress.size() == 0",
    message = "networkPolicy.egress adds to what is allowed, so it needs restrictEgress: true")
public record NetworkPolicySettings(
    @Default("true")
        @JsonPropertyDescription(
            "Whether a NetworkPolicy is made. It lets clients to the tunnel port, users to the"
                + " target port, and the operator to the management port, and shuts all others. It"
                + " works only where the cluster's network enforces it.")
        Boolean enabled,
    @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
            "Who may come to the target port. If empty: pods of this cluster, or everybody if"
                + " listen.service is of type NodePort or LoadBalancer.")
        List<NetworkPolicyPeer> usersFrom,
    @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription("Who may come to the tunnel port. If empty: everybody.")
        List<NetworkPolicyPeer> clientsFrom,
    @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
            "Who may come to the management port (metrics, status) besides the operator. If empty:"
                + " pods of this cluster where a PodMonitor is made, else nobody.")
        List<NetworkPolicyPeer> managementFrom,
    @Default("false")
        @JsonPropertyDescription(
            "Whether the pods may reach only what they need: DNS, the ports of the servers, the pods"
                + " of this namespace if forwardTo.service is there, and what egress adds. A target"
                + " outside of this namespace must be added in egress.")
        Boolean restrictEgress,
    @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription("With restrictEgress: what else the pods may reach.")
        List<NetworkPolicyEgressRule> egress) {

  static final NetworkPolicySettings DEFAULT =
      new NetworkPolicySettings(true, List.of(), List.of(), List.of(), false, List.of());

  public NetworkPolicySettings {
    enabled = enabled == null || enabled;
    usersFrom = usersFrom == null ? List.of() : List.copyOf(usersFrom);
    clientsFrom = clientsFrom == null ? List.of() : List.copyOf(clientsFrom);
    managementFrom = managementFrom == null ? List.of() : List.copyOf(managementFrom);
    restrictEgress = restrictEgress != null && restrictEgress;
    egress = egress == null ? List.of() : List.copyOf(egress);
  }
}
