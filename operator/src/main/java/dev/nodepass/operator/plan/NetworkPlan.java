package dev.nodepass.operator.plan;

import dev.nodepass.crds.Exposure;
import dev.nodepass.crds.NetworkPolicySettings;
import dev.nodepass.crds.Protocol;
import dev.nodepass.crds.Server;
import dev.nodepass.crds.ServerAddress;
import dev.nodepass.crds.ServiceType;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyEgressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRule;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyIngressRuleBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeer;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPeerBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPort;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicyPortBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The NetworkPolicy of a tunnel. Policies know no host names, and see the ports of pods, not those
 * of Services: so ingress is shut by default, egress only where a person asks for it.
 */
final class NetworkPlan {
  private static final int DNS = 53;

  private final Tunnel tunnel;
  private final Surroundings surroundings;
  private final NetworkPolicySettings settings;

  NetworkPlan(Tunnel tunnel, Surroundings surroundings) {
    this.tunnel = tunnel;
    this.surroundings = surroundings;
    this.settings = tunnel.spec().networkPolicyOrDefault();
  }

  Optional<NetworkPolicy> policy() {
    if (!settings.enabled()) {
      return Optional.empty();
    }
    boolean egress = settings.restrictEgress();
    return Optional.of(
        new NetworkPolicyBuilder()
            .withMetadata(tunnel.meta(tunnel.names().workload()).build())
            .withNewSpec()
            .withNewPodSelector()
            .withMatchLabels(tunnel.selector())
            .endPodSelector()
            .withPolicyTypes(egress ? List.of("Ingress", "Egress") : List.of("Ingress"))
            .withIngress(ingress())
            .withEgress(egress ? egress() : List.of())
            .endSpec()
            .build());
  }

  private List<NetworkPolicyIngressRule> ingress() {
    List<NetworkPolicyIngressRule> rules = new ArrayList<>();
    if (tunnel.isServer()) {
      rules.add(from(settings.clientsFrom(), List.of(port(Protocol.TCP, Ports.TUNNEL))));
    }
    if (tunnel.spec().listen() != null) {
      rules.add(
          from(
              users(),
              tunnel.spec().protocols().stream().map(p -> port(p, Ports.TARGET)).toList()));
    }
    rules.add(from(management(), List.of(port(Protocol.TCP, Ports.MANAGEMENT))));
    return rules;
  }

  private List<NetworkPolicyPeer> users() {
    Exposure exposure = tunnel.spec().targetServiceOrDefault().exposure();
    boolean inside = exposure.type() == ServiceType.CLUSTER_IP;
    return settings.usersFrom().isEmpty() && inside ? List.of(everyPod()) : settings.usersFrom();
  }

  private List<NetworkPolicyPeer> management() {
    List<NetworkPolicyPeer> peers = new ArrayList<>();
    peers.add(
        new NetworkPolicyPeerBuilder()
            .withNewNamespaceSelector()
            .withMatchLabels(
                Map.of("kubernetes.io/metadata.name", surroundings.operatorNamespace()))
            .endNamespaceSelector()
            .withNewPodSelector()
            .withMatchLabels(Map.of("app.kubernetes.io/name", "nodepass-operator"))
            .endPodSelector()
            .build());
    // Nobody can know where Prometheus runs.
    boolean monitored =
        surroundings.podMonitors() && tunnel.spec().monitoringOrDefault().podMonitor();
    peers.addAll(
        settings.managementFrom().isEmpty() && monitored
            ? List.of(everyPod())
            : settings.managementFrom());
    return peers;
  }

  private List<NetworkPolicyEgressRule> egress() {
    List<NetworkPolicyEgressRule> rules = new ArrayList<>();
    rules.add(to(List.of(), List.of(port(Protocol.UDP, DNS), port(Protocol.TCP, DNS))));
    Server server = tunnel.spec().server();
    if (server != null) {
      rules.add(
          to(
              List.of(),
              server.all().stream()
                  .map(ServerAddress::port)
                  .distinct()
                  .map(p -> port(Protocol.TCP, p))
                  .toList()));
    }
    if (tunnel.spec().forwardTo() != null && tunnel.spec().forwardTo().service() != null) {
      rules.add(
          to(
              List.of(new NetworkPolicyPeerBuilder().withNewPodSelector().endPodSelector().build()),
              List.of()));
    }
    settings.egress().forEach(rule -> rules.add(whole(rule)));
    return rules;
  }

  /** With what the API server adds: else what it has would never be what is planned. */
  private static NetworkPolicyEgressRule whole(NetworkPolicyEgressRule rule) {
    return new NetworkPolicyEgressRuleBuilder(rule)
        .withPorts(
            rule.getPorts().stream()
                .map(
                    p ->
                        p.getProtocol() == null
                            ? new NetworkPolicyPortBuilder(p).withProtocol("TCP").build()
                            : p)
                .toList())
        .build();
  }

  private static NetworkPolicyPeer everyPod() {
    return new NetworkPolicyPeerBuilder().withNewNamespaceSelector().endNamespaceSelector().build();
  }

  private static NetworkPolicyIngressRule from(
      List<NetworkPolicyPeer> peers, List<NetworkPolicyPort> ports) {
    return new NetworkPolicyIngressRuleBuilder().withFrom(peers).withPorts(ports).build();
  }

  private static NetworkPolicyEgressRule to(
      List<NetworkPolicyPeer> peers, List<NetworkPolicyPort> ports) {
    return new NetworkPolicyEgressRuleBuilder().withTo(peers).withPorts(ports).build();
  }

  private static NetworkPolicyPort port(Protocol protocol, int port) {
    return new NetworkPolicyPortBuilder().withProtocol(protocol.name()).withNewPort(port).build();
  }
}
