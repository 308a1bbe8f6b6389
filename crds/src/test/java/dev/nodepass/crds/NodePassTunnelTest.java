package dev.nodepass.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodePassTunnelTest {
  private static final String SERVER =
      """
      apiVersion: nodepass.dev/v1alpha1
      kind: NodePassTunnel
      metadata: {name: orders-db}
      spec:
        role: Server
        listen: {port: 5432}
      """;

  @Test
  void aFewLinesAreAWholeResource() {
    TunnelSpec spec = Serialization.unmarshal(SERVER, NodePassTunnel.class).getSpec();
    assertEquals(Role.SERVER, spec.role());
    assertEquals(Mode.REVERSE, spec.mode());
    assertEquals(List.of(Protocol.TCP), spec.protocols());
    assertEquals(1, spec.replicas());
    assertEquals("60s", spec.timeoutsOrDefault().drain());
    assertEquals(ServiceType.LOAD_BALANCER, spec.serviceOrDefault().type());
    assertEquals(10101, spec.serviceOrDefault().port());
  }

  @Test
  void aStatusComesBackAsItWasWritten() {
    NodePassTunnel tunnel = Serialization.unmarshal(SERVER, NodePassTunnel.class);
    assertNull(tunnel.getStatus());
    tunnel.setStatus(
        new TunnelStatus(
            3L,
            List.of(
                new TunnelCondition(
                    "Ready", "True", "TrafficPasses", "yes", "2026-01-01T12:00:00Z", 3L)),
            "203.0.113.7:10101",
            "Service/orders-db:5432",
            new ServiceNames("orders-db", "orders-db-tunnel", null),
            "orders-db-key-a",
            List.of(new KeySlot("orders-db-key-a", "u", 1, "2026-01-01T08:00:00Z")),
            1,
            1,
            "1/1",
            2,
            "a=b"));
    NodePassTunnel again =
        Serialization.unmarshal(Serialization.asYaml(tunnel), NodePassTunnel.class);
    assertEquals(tunnel.getStatus(), again.getStatus());
    assertEquals(tunnel.getSpec(), again.getSpec());
  }

  @Test
  void aStatusThatIsEmptyIsRead() {
    TunnelStatus status =
        Serialization.unmarshal(SERVER + "status: {}\n", NodePassTunnel.class).getStatus();
    assertEquals(List.of(), status.conditions());
    assertEquals(List.of(), status.keys());
  }
}
