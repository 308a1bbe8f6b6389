package dev.nodepass.operator.live;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.cluster.ControllerManager;
import dev.nodepass.operator.cluster.FakeKubelet;
import dev.nodepass.operator.cluster.OperatorProcess;
import dev.nodepass.operator.cluster.Requests.Request;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three hundred tunnels at once, and what they cost when nothing changes. */
class ManyTunnelsIT {
  private static final int TUNNELS = 300;
  private static final Duration REST = Duration.ofSeconds(65);
  private static final long HEAP_MIB = 96;

  @BeforeAll
  static void start() {
    ControllerManager.shared();
    FakeKubelet.shared();
  }

  @Test
  void threeHundredAtOnceAndThenQuiet() throws Exception {
    Installation installation = Installation.clusterWide();
    Tunnels tunnels = Tunnels.inNew("many");
    for (int i = 0; i < TUNNELS; i++) {
      tunnels.pods("t" + i).sessions("site-a");
    }
    try (OperatorProcess operator = installation.operator().awaitReady()) {
      Instant begin = Instant.now();
      applyAll(tunnels);
      await().atMost(Duration.ofMinutes(4)).until(() -> deployments(tunnels) == TUNNELS);
      Duration planned = Duration.between(begin, Instant.now());
      await()
          .atMost(Duration.ofMinutes(6))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> ready(tunnels) == TUNNELS);
      Duration allReady = Duration.between(begin, Instant.now());
      int requests = installation.requests().since(begin).count();

      // A full period after the last change, and then another one that is counted.
      awaitQuiet(installation, tunnels);
      Instant rest = Instant.now();
      while (Instant.now().isBefore(rest.plus(REST))) {
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
      List<Request> writes = installation.requests().since(rest).writes().all();
      int reads = installation.requests().since(rest).count() - writes.size();
      assertEquals(List.of(), writes);
      long heap = heapAfterCollection(operator);
      System.out.printf(
          Locale.ROOT,
          "%d tunnels: all planned after %.1f s, all ready after %.1f s, %.1f requests each;"
              + " at rest in %d s: 0 writes, %d reads in all; heap %d MiB%n",
          TUNNELS,
          planned.toMillis() / 1e3,
          allReady.toMillis() / 1e3,
          requests / (double) TUNNELS,
          REST.toSeconds(),
          reads,
          heap);
      assertTrue(reads < TUNNELS / 10, reads + " reads at rest");
      assertTrue(heap < HEAP_MIB, heap + " MiB of heap");
    }
    tunnels.client().namespaces().withName(tunnels.namespace()).delete();
    await()
        .atMost(Duration.ofMinutes(3))
        .until(() -> tunnels.client().namespaces().withName(tunnels.namespace()).get() == null);
  }

  private static void applyAll(Tunnels tunnels) {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < TUNNELS; i++) {
      all.append(
          """
          ---
          apiVersion: nodepass.dev/v1alpha1
          kind: NodePassTunnel
          metadata: {name: t%d, namespace: %s}
          spec:
            role: Server
            listen: {port: 5432}
            service: {type: ClusterIP}
          """
              .formatted(i, tunnels.namespace()));
    }
    var applied =
        tunnels.server().kubectl("create", "-f", tunnels.server().file(all.toString()).toString());
    assertEquals(0, applied.code(), applied.output());
  }

  private static int deployments(Tunnels tunnels) {
    List<Deployment> all =
        tunnels.client().apps().deployments().inNamespace(tunnels.namespace()).list().getItems();
    return all.size();
  }

  private static long ready(Tunnels tunnels) {
    return tunnels
        .client()
        .resources(NodePassTunnel.class)
        .inNamespace(tunnels.namespace())
        .list()
        .getItems()
        .stream()
        .filter(t -> t.getStatus() != null && "1/1".equals(t.getStatus().ready()))
        .count();
  }

  /** Until no tunnel was written for ten seconds. */
  private static void awaitQuiet(Installation installation, Tunnels tunnels) {
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(2))
        .until(
            () ->
                installation
                        .requests()
                        .in(tunnels.namespace())
                        .since(Instant.now().minusSeconds(10))
                        .writes()
                        .count()
                    == 0);
  }

  private static long heapAfterCollection(OperatorProcess operator) throws Exception {
    operator.collectGarbage();
    Map<String, Double> used =
        operator
            .get("/q/metrics")
            .body()
            .lines()
            .filter(l -> l.startsWith("jvm_memory_used_bytes{area=\"heap\""))
            .collect(
                Collectors.toMap(
                    l -> l.substring(0, l.indexOf('}')),
                    l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)),
                    Double::sum,
                    TreeMap::new));
    return Math.round(used.values().stream().mapToDouble(d -> d).sum() / (1 << 20));
  }
}
