package dev.nodepass.operator.status;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.Role;
import dev.nodepass.crds.ServerAddress;
import dev.nodepass.crds.ServiceType;
import dev.nodepass.crds.TunnelService;
import dev.nodepass.crds.TunnelSpec;
import dev.nodepass.operator.plan.Names;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Where clients dial. */
public final class Endpoint {
  private Endpoint() {}

  /**
   * A server's own address as clients see it, or the addresses that a client dials.
   *
   * @param seen the Service for clients; null when there is none
   * @return empty while a load balancer has no address
   */
  public static Optional<String> of(NodePassTunnel resource, @Nullable ServiceState seen) {
    TunnelSpec spec = resource.getSpec();
    if (spec.role() == Role.CLIENT) {
      return Optional.ofNullable(spec.server())
          .map(s -> s.all().stream().map(ServerAddress::toString).collect(Collectors.joining(",")));
    }
    TunnelService service = spec.serviceOrDefault();
    Integer nodePort = seen == null ? null : seen.nodePort();
    int port =
        service.type() != ServiceType.NODE_PORT
            ? service.port()
            : nodePort != null ? nodePort : orZero(service.nodePort());
    if (port == 0) {
      return Optional.empty();
    }
    return host(resource, service, seen).map(host -> new ServerAddress(host, port).toString());
  }

  private static int orZero(@Nullable Integer port) {
    return port == null ? 0 : port;
  }

  private static Optional<String> host(
      NodePassTunnel resource, TunnelService service, @Nullable ServiceState seen) {
    if (service.hostname() != null) {
      return Optional.of(service.hostname());
    }
    return switch (service.type()) {
      case CLUSTER_IP ->
          Optional.of(
              Names.of(resource.getMetadata().getName()).tunnel()
                  + "."
                  + resource.getMetadata().getNamespace()
                  + ".svc");
      // Which node can be reached from where, the cluster does not know.
      case NODE_PORT -> Optional.of("<node>");
      case LOAD_BALANCER -> Optional.ofNullable(seen).map(ServiceState::address);
    };
  }
}
