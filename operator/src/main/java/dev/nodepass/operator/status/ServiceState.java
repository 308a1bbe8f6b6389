package dev.nodepass.operator.status;

import io.fabric8.kubernetes.api.model.LoadBalancerIngress;
import io.fabric8.kubernetes.api.model.Service;
import org.jspecify.annotations.Nullable;

/**
 * How a Service can be reached from outside.
 *
 * @param address name or address of its load balancer, once it has one
 * @param nodePort of its first port
 */
public record ServiceState(@Nullable String address, @Nullable Integer nodePort) {

  /** Reads it. */
  public static ServiceState of(Service service) {
    String address =
        service.getStatus() == null || service.getStatus().getLoadBalancer() == null
            ? null
            : service.getStatus().getLoadBalancer().getIngress().stream()
                .findFirst()
                .map(ServiceState::address)
                .orElse(null);
    return new ServiceState(
        address,
        service.getSpec().getPorts().isEmpty()
            ? null
            : service.getSpec().getPorts().getFirst().getNodePort());
  }

  private static String address(LoadBalancerIngress ingress) {
    return ingress.getHostname() != null ? ingress.getHostname() : ingress.getIp();
  }
}
