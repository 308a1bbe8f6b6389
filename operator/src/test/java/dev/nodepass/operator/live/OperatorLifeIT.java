package dev.nodepass.operator.live;

import static dev.nodepass.operator.live.Tunnels.SOON;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.operator.cluster.ApiServer;
import dev.nodepass.operator.cluster.ControllerManager;
import dev.nodepass.operator.cluster.FakeKubelet;
import dev.nodepass.operator.cluster.InterruptibleProxy;
import dev.nodepass.operator.cluster.Kubeconfig;
import dev.nodepass.operator.cluster.OperatorProcess;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Operators that are killed, doubled, cut off, or confined to a namespace. */
class OperatorLifeIT {
  private static final Duration LEASE = Duration.ofSeconds(45);

  /** What a JVM exits with that was sent SIGTERM. */
  private static final int TERMINATED = 128 + 15;

  @BeforeAll
  static void start() {
    ControllerManager.shared();
    FakeKubelet.shared();
  }

  /** Killed at moments that differ each time; whoever comes after it finishes the job. */
  @Test
  void oneThatIsKilledHalfWayIsFollowedByOneThatFinishes() {
    Installation installation = Installation.clusterWide();
    Tunnels tunnels = Tunnels.inNew("killed");
    for (int i = 0; i < 12; i++) {
      String name = "t" + i;
      tunnels.pods(name).sessions("site-a");
      tunnels.apply(name, "role: Server\nlisten: {port: 5432}\nservice: {type: ClusterIP}");
    }
    Random random = new Random(7);
    for (int kill = 0; kill < 4; kill++) {
      try (OperatorProcess doomed = installation.operator()) {
        int some = kill * 20 + random.nextInt(20);
        await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(5))
            .until(() -> tunnels.children().size() > some);
        doomed.kill();
      }
    }
    try (OperatorProcess last = installation.operator().awaitReady()) {
      for (int i = 0; i < 12; i++) {
        tunnels.awaitCondition("t" + i, "Ready", "True", "TrafficPasses");
        tunnels.awaitCondition("t" + i, "Degraded", "False", "AsExpected");
        String join = tunnels.status("t" + i).joinSecret();
        assertTrue(tunnels.children().containsKey("Secret/" + join), join);
      }
      assertFalse(last.output().contains("\tat "), last.output());
    }
    for (int i = 0; i < 12; i++) {
      tunnels.delete("t" + i);
    }
    tunnels.awaitChildren();
  }

  /** Asked to stop at moments that differ each time, with and without the election. */
  @Test
  void oneThatIsStoppedFinishesWhatItHasBegun() {
    Installation installation = Installation.clusterWide();
    Tunnels tunnels = Tunnels.inNew("stopped");
    Random random = new Random(11);
    for (int stop = 0; stop < 3; stop++) {
      for (int i = 0; i < 12; i++) {
        tunnels.applyServer("s" + stop + "t" + i);
      }
      int some = tunnels.children().size() + random.nextInt(30);
      try (OperatorProcess operator =
          stop == 1 ? installation.candidate("stopped") : installation.operator()) {
        await()
            .atMost(Duration.ofSeconds(60))
            .pollInterval(Duration.ofMillis(5))
            .until(() -> tunnels.children().size() > some);
        assertEquals(TERMINATED, operator.stop(), operator.output());
        assertFalse(operator.output().contains("not finished"), operator.output());
        assertFalse(operator.output().contains("cut off"), operator.output());
        assertFalse(operator.output().contains("\tat "), operator.output());
      }
    }
    for (int stop = 0; stop < 3; stop++) {
      for (int i = 0; i < 12; i++) {
        tunnels.delete("s" + stop + "t" + i);
      }
    }
    tunnels.awaitChildren();
  }

  @Test
  void ofTwoOneLeadsAndTheOtherTakesOver() {
    Installation installation = Installation.clusterWide();
    Tunnels tunnels = Tunnels.inNew("leader");
    try (OperatorProcess first = installation.candidate("first").awaitReady();
        OperatorProcess second = installation.candidate("second").awaitReady()) {
      tunnels.applyServer("db");
      tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
      String holder = holder(installation);
      OperatorProcess leader = holder.equals("first") ? first : second;
      OperatorProcess follower = holder.equals("first") ? second : first;
      assertTrue(leader.output().contains("created Deployment/db-tunnel"), leader.output());
      assertFalse(follower.output().contains("created"), follower.output());
      leader.kill();
      tunnels.patch("db", "{\"spec\":{\"listen\":{\"port\":5433}}}");
      await()
          .atMost(LEASE)
          .until(() -> tunnels.service("db").getSpec().getPorts().getFirst().getPort() == 5433);
      assertNotEquals(holder, holder(installation));
      follower.stop();
      assertFalse(follower.output().contains("\tat "), follower.output());
    }
    // One that was asked to stop, and a new one, as in a rollout.
    try (OperatorProcess third = installation.candidate("third").awaitReady()) {
      tunnels.patch("db", "{\"spec\":{\"listen\":{\"port\":5434}}}");
      await()
          .atMost(LEASE)
          .until(() -> tunnels.service("db").getSpec().getPorts().getFirst().getPort() == 5434);
      third.stop();
    }
    tunnels.delete("db");
    tunnels.awaitChildren();
  }

  private static String holder(Installation installation) {
    Lease lease =
        installation
            .server()
            .client()
            .leases()
            .inNamespace(installation.namespace())
            .withName("nodepass-operator")
            .get();
    return lease.getSpec().getHolderIdentity();
  }

  /** Nothing of the tunnels stops meanwhile; afterwards all that was missed is made up for. */
  @Test
  void thirtySecondsWithoutTheApiServerAreMadeUpFor() {
    Installation installation = Installation.clusterWide();
    Tunnels tunnels = Tunnels.inNew("cut");
    try (InterruptibleProxy proxy = new InterruptibleProxy(installation.server().port())) {
      Kubeconfig through = installation.user().by("https://127.0.0.1:" + proxy.port());
      try (OperatorProcess operator =
          installation
              .operator(through, Map.of("NODEPASS_LEADER_ELECTION", "false"))
              .awaitReady()) {
        tunnels.applyServer("db");
        tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
        Instant cut = Instant.now();
        proxy.cut();
        tunnels.patch("db", "{\"spec\":{\"listen\":{\"port\":5433}}}");
        tunnels.applyServer("new");
        tunnels.client().resource(tunnels.service("db-peers")).delete();
        tunnels.pods("db").sessions("site-a");
        // That it lasts is what is tested.
        while (Instant.now().isBefore(cut.plusSeconds(30))) {
          LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
        }
        assertEquals(5432, tunnels.service("db").getSpec().getPorts().getFirst().getPort());
        proxy.restore();
        tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
        await()
            .atMost(SOON)
            .until(() -> tunnels.service("db").getSpec().getPorts().getFirst().getPort() == 5433);
        await().atMost(SOON).until(() -> tunnels.service("db-peers") != null);
        tunnels.awaitCondition("new", "Connected", "False", "WaitingForClient");
        assertTrue(operator.isAlive());
        await().atMost(SOON).until(() -> operator.get("/q/health/ready").statusCode() == 200);
      }
    }
    tunnels.delete("db");
    tunnels.delete("new");
    tunnels.awaitChildren();
  }

  /** Another may lead by then. Whoever started it starts it again. */
  @Test
  void aLeaderThatCannotRenewItsLeaseSaysSoAndEnds() {
    Installation installation = Installation.clusterWide();
    Tunnels tunnels = Tunnels.inNew("lost");
    try (InterruptibleProxy proxy = new InterruptibleProxy(installation.server().port())) {
      Kubeconfig through = installation.user().by("https://127.0.0.1:" + proxy.port());
      try (OperatorProcess operator =
          installation.operator(through, Map.of("NODEPASS_OPERATOR_NAME", "lost")).awaitReady()) {
        tunnels.applyServer("db");
        tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
        proxy.cut();
        await().atMost(LEASE).until(() -> !operator.isAlive());
        String said = operator.output();
        assertTrue(
            said.contains("the Lease is out of reach, to be tried again: Connection ref"), said);
        assertTrue(said.contains("the Lease nodepass-operator could not be renewed"), said);
        assertFalse(said.contains("\tat "), said);
      }
    }
    tunnels.delete("db");
    tunnels.awaitChildren();
  }

  /** The Role of its own namespace is enough for all that it does. */
  @Test
  void oneOfANamespaceDoesNothingOutsideOfIt() {
    Tunnels tunnels = Tunnels.inNew("own");
    Tunnels outside = Tunnels.inNew("outside");
    Installation installation = Installation.namespaced(tunnels.namespace());
    Map<String, String> settings =
        Map.of("NODEPASS_WATCH_NAMESPACES", tunnels.namespace(), "NODEPASS_OPERATOR_NAME", "own");
    try (OperatorProcess operator =
        installation.operator(installation.user(), settings).awaitReady()) {
      outside.applyServer("db");
      tunnels.applyServer("db");
      tunnels.pods("db").sessions("site-a");
      tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
      tunnels.patch(
          "db", "{\"spec\":{\"replicas\":2,\"auth\":{\"generation\":2,\"overlap\":\"0s\"}}}");
      await().atMost(SOON).until(() -> "db-key-b".equals(tunnels.status("db").joinSecret()));
      await().atMost(SOON).until(() -> !tunnels.children().containsKey("Secret/db-key-a"));
      tunnels.delete("db");
      await().atMost(SOON).until(() -> tunnels.deployment("db") == null);
      assertEquals(new TreeMap<>(), outside.children());
      assertFalse(operator.output().contains("\tat "), operator.output());
    }
    assertEquals(
        List.of(), installation.requests().all().stream().filter(r -> r.code() == 403).toList());
    outside.delete("db");
  }

  /** In one line it says what is missing. */
  @Test
  void withoutRightsItSaysSoAndEnds() {
    ApiServer server = ApiServer.shared();
    Tunnels tunnels = Tunnels.inNew("nothing");
    assertEquals(
        0, server.kubectl("create", "serviceaccount", "none", "-n", tunnels.namespace()).code());
    Installation installation = new Installation(server, tunnels.namespace());
    try (OperatorProcess operator =
        installation.operator(
            server.serviceAccount(tunnels.namespace(), "none"),
            Map.of("NODEPASS_LEADER_ELECTION", "false"))) {
      await().atMost(SOON).until(() -> !operator.isAlive());
      String said = operator.output();
      assertEquals(1, said.lines().count(), said);
      assertTrue(
          said.contains("the operator may not list NodePassTunnels in all namespaces"), said);
      assertTrue(said.contains("NODEPASS_WATCH_NAMESPACES"), said);
    }
  }

  @Test
  void withoutAnApiServerItSaysSoAndEnds() {
    Installation installation = Installation.clusterWide();
    Kubeconfig nowhere = installation.user().by("https://127.0.0.1:1");
    try (OperatorProcess operator =
        installation.operator(nowhere, Map.of("NODEPASS_LEADER_ELECTION", "false"))) {
      await().atMost(Duration.ofSeconds(90)).until(() -> !operator.isAlive());
      String said = operator.output();
      assertEquals(1, said.lines().count(), said);
      assertTrue(said.contains("the API server at https://127.0.0.1:1/ does not answer"), said);
    }
  }

  @Test
  void aWrongSettingIsNamed() {
    Installation installation = Installation.clusterWide();
    try (OperatorProcess operator =
        installation.operator(installation.user(), Map.of("NODEPASS_LEADER_ELECTION", "maybe"))) {
      await().atMost(SOON).until(() -> !operator.isAlive());
      assertTrue(operator.output().contains("nodepass.leader-election"), operator.output());
      assertTrue(operator.output().contains("allowed values"), operator.output());
    }
  }
}
