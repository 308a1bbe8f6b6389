package dev.nodepass.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.crds.NodePassTunnel;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class ValidationTest {
  private static List<String> problems(String spec) {
    NodePassTunnel tunnel =
        Serialization.unmarshal(
            """
            apiVersion: nodepass.dev/v1alpha1
            kind: NodePassTunnel
            metadata: {name: web, namespace: shop, uid: u}
            spec:
              %s
            """
                .formatted(spec),
            NodePassTunnel.class);
    return new Validation(Case.SURROUNDINGS)
        .problems(tunnel).stream().map(Problem::toString).toList();
  }

  @Test
  void aTunnelMustNotLeadToItself() {
    List<String> expected =
        List.of(
            "spec.forwardTo: it leads to the tunnel's own Service web-tunnel: name the service that"
                + " is to be reached");
    assertEquals(
        expected,
        problems("role: Server\n  mode: Forward\n  forwardTo: {service: web-tunnel, port: 1}"));
    assertEquals(
        expected,
        problems(
            "role: Server\n  mode: Forward\n  forwardTo: {host: web-tunnel.shop.svc, port: 1}"));
    assertEquals(
        List.of(), problems("role: Server\n  mode: Forward\n  forwardTo: {service: web, port: 1}"));
  }

  @Test
  void networksMustBeNetworks() {
    assertEquals(
        List.of(
            "spec.limits.allowUsers: '10.0.0.0/33' is no network such as 10.0.0.0/8 or"
                + " 2001:db8::/32"),
        problems(
            "role: Server\n  listen: {port: 1}\n"
                + "  limits: {allowUsers: [10.0.0.0/33, 10.0.0.1, '2001:db8::/32']}"));
    assertEquals(
        List.of(
            "spec.service.loadBalancerSourceRanges: '10.0.0.1' needs a length, such as"
                + " 10.0.0.1/32"),
        problems(
            "role: Server\n  listen: {port: 1}\n"
                + "  service: {loadBalancerSourceRanges: [10.0.0.1]}"));
  }

  @Test
  void addressesMustBeAddresses() {
    assertEquals(
        List.of("spec.server: '10.0.0.256' is no address"),
        problems("role: Client\n  server: {host: 10.0.0.256}\n  forwardTo: {service: a, port: 1}"));
  }

  @Test
  void certManagerMustBeThere() {
    assertEquals(
        List.of(
            "spec.tls.source: CertManager needs cert-manager, which is not installed in this"
                + " cluster: install it, or use source Secret"),
        problems(
            "role: Server\n  listen: {port: 1}\n"
                + "  tls: {source: CertManager, issuerRef: {name: ca}}"));
  }

  @Test
  void noMoreMayBeRequestedThanIsAllowed() {
    assertEquals(
        List.of("spec.resources: of memory more is requested (1Gi) than allowed (512Mi)"),
        problems(
            "role: Server\n  listen: {port: 1}\n"
                + "  resources: {requests: {memory: 1Gi, cpu: 1}, limits: {memory: 512Mi}}"));
  }

  @Test
  void variablesAreNamedOnce() {
    assertEquals(
        List.of(
            "spec.pod.env: the variable A stands there twice",
            "spec.pod.env: a variable has no name"),
        problems(
            "role: Server\n  listen: {port: 1}\n"
                + "  pod: {env: [{name: A}, {name: A}, {value: x}]}"));
  }
}
