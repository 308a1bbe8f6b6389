package dev.nodepass.operator.live;

import static dev.nodepass.operator.live.Tunnels.SOON;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.cluster.ApiServer;
import dev.nodepass.operator.cluster.ControllerManager;
import dev.nodepass.operator.cluster.FakeKubelet;
import dev.nodepass.operator.cluster.OperatorProcess;
import dev.nodepass.operator.cluster.Requests.Request;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every kind of tunnel, once applied, is left in peace: also by an operator that starts anew. */
class RestIT {
  @BeforeAll
  static void start() {
    ControllerManager.shared();
    FakeKubelet.shared();
  }

  @Test
  void whatIsAsItShouldBeIsNotWritten() throws IOException {
    Installation installation = Installation.clusterWide();
    List<Tunnels> namespaces = new ArrayList<>();
    try (OperatorProcess operator = installation.operator().awaitReady()) {
      for (Path input : inputs()) {
        namespaces.add(applied(input));
      }
      assertTrue(namespaces.size() >= 20);
      namespaces.forEach(RestIT::awaitTold);
      awaitQuiet(installation);
      assertTrue(operator.isAlive());
    }
    Instant restart = Instant.now();
    try (OperatorProcess operator = installation.operator().awaitReady()) {
      // Each has been looked at again, and a second time.
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> reconciliations(operator) >= 2 * namespaces.size());
      List<Request> writes =
          installation.requests().since(restart).writes().all().stream()
              .filter(r -> namespaces.stream().anyMatch(n -> n.namespace().equals(r.namespace())))
              .toList();
      assertEquals(List.of(), writes);
    }
    namespaces.forEach(n -> n.client().namespaces().withName(n.namespace()).delete());
  }

  private static List<Path> inputs() throws IOException {
    try (Stream<Path> folders =
        Files.list(ApiServer.root().resolve("operator/src/test/resources/plan"))) {
      return folders.map(f -> f.resolve("input.yaml")).filter(Files::exists).sorted().toList();
    }
  }

  /** Applies a golden case in a namespace of its own. */
  private static Tunnels applied(Path input) throws IOException {
    NodePassTunnel tunnel = Serialization.unmarshal(Files.readString(input), NodePassTunnel.class);
    Tunnels tunnels = Tunnels.inNew("rest");
    tunnel.getMetadata().setNamespace(tunnels.namespace());
    tunnel.getMetadata().setUid(null);
    tunnels.client().resource(tunnel).create();
    return tunnels;
  }

  private static void awaitTold(Tunnels tunnels) {
    await()
        .atMost(SOON)
        .until(
            () ->
                tunnels
                    .client()
                    .resources(NodePassTunnel.class)
                    .inNamespace(tunnels.namespace())
                    .list()
                    .getItems()
                    .stream()
                    .allMatch(t -> t.getStatus() != null));
  }

  private static void awaitQuiet(Installation installation) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                installation.requests().since(Instant.now().minusSeconds(12)).writes().count()
                    == 0);
  }

  private static double reconciliations(OperatorProcess operator) throws Exception {
    return operator
        .get("/q/metrics")
        .body()
        .lines()
        .filter(l -> l.startsWith("reconciliations_success_total"))
        .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
        .sum();
  }
}
