package dev.nodepass.operator.plan;

import dev.nodepass.crds.Exposure;
import dev.nodepass.crds.Listen;
import dev.nodepass.crds.Protocol;
import dev.nodepass.crds.ServiceType;
import dev.nodepass.crds.TrafficPolicy;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServicePortBuilder;
import io.fabric8.kubernetes.api.model.ServiceSpecBuilder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Services of a tunnel. */
final class ServicePlan {
  private final Tunnel tunnel;

  ServicePlan(Tunnel tunnel) {
    this.tunnel = tunnel;
  }

  /** Those that this side needs. */
  List<Service> services() {
    List<Service> services = new ArrayList<>();
    if (tunnel.isServer()) {
      services.add(forClients());
      services.add(forCounting());
    }
    Listen listen = tunnel.spec().listen();
    if (listen != null) {
      services.add(forUsers(listen));
    }
    return services;
  }

  /** Clients must reach pods that are not ready: they become ready by having a client. */
  private Service forClients() {
    Exposure exposure = tunnel.spec().serviceOrDefault().exposure();
    ServicePort port =
        port("tunnel", Protocol.TCP, tunnel.spec().serviceOrDefault().port(), Ports.TUNNEL);
    port.setNodePort(exposure.nodePort());
    return service(
        tunnel.names().tunnel(),
        exposure,
        base(exposure).withPublishNotReadyAddresses(true).withPorts(port));
  }

  /** An address for each pod: by these a server counts how many it is one of. */
  private Service forCounting() {
    return new ServiceBuilder()
        .withMetadata(tunnel.meta(tunnel.names().peers()).build())
        .withNewSpec()
        .withType("ClusterIP")
        .withClusterIP("None")
        .withPublishNotReadyAddresses(true)
        .withSelector(tunnel.selector())
        .withPorts(port("tunnel", Protocol.TCP, Ports.TUNNEL, Ports.TUNNEL))
        .endSpec()
        .build();
  }

  /** Users only go where a session is: to pods that are ready. */
  private Service forUsers(Listen listen) {
    Exposure exposure = tunnel.spec().targetServiceOrDefault().exposure();
    List<ServicePort> ports =
        tunnel.spec().protocols().stream()
            .map(p -> port(p == Protocol.TCP ? "tcp" : "udp", p, listen.port(), Ports.TARGET))
            .toList();
    // One number for both: each protocol has ports of its own.
    ports.forEach(p -> p.setNodePort(exposure.nodePort()));
    return service(tunnel.names().target(), exposure, base(exposure).withPorts(ports));
  }

  private Service service(String name, Exposure exposure, ServiceSpecBuilder spec) {
    ObjectMeta meta = tunnel.meta(name).build();
    if (!exposure.annotations().isEmpty()) {
      meta.setAnnotations(Sorted.of(exposure.annotations()));
    }
    return new ServiceBuilder().withMetadata(meta).withSpec(spec.build()).build();
  }

  private ServiceSpecBuilder base(Exposure exposure) {
    ServiceSpecBuilder spec =
        new ServiceSpecBuilder()
            .withType(
                switch (exposure.type()) {
                  case CLUSTER_IP -> "ClusterIP";
                  case NODE_PORT -> "NodePort";
                  case LOAD_BALANCER -> "LoadBalancer";
                })
            .withSelector(tunnel.selector())
            .withExternalTrafficPolicy(policy(exposure.externalTrafficPolicy()));
    return exposure.type() == ServiceType.LOAD_BALANCER
        ? spec.withLoadBalancerClass(exposure.loadBalancerClass())
            .withLoadBalancerSourceRanges(exposure.loadBalancerSourceRanges())
        : spec;
  }

  private static @Nullable String policy(@Nullable TrafficPolicy policy) {
    return switch (policy) {
      case null -> null;
      case CLUSTER -> "Cluster";
      case LOCAL -> "Local";
    };
  }

  private static ServicePort port(String name, Protocol protocol, int port, int podPort) {
    return new ServicePortBuilder()
        .withName(name)
        .withProtocol(protocol.name())
        .withPort(port)
        .withNewTargetPort(podPort)
        .build();
  }
}
