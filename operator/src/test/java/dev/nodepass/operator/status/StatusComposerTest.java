package dev.nodepass.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.TunnelCondition;
import dev.nodepass.crds.TunnelStatus;
import dev.nodepass.operator.plan.Problem;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusComposerTest {
  private static final Instant NOW = Instant.parse("2026-01-01T12:00:00.123Z");
  private static final ServiceState BALANCED = new ServiceState("203.0.113.7", 31000);
  private static final KeySlot KEY =
      new KeySlot("orders-db-key-a", "uid-of-a", 1, "2026-01-01T08:00:00Z");
  private static final PodState RUNNING = pod(false, true, null, null, null, null);
  private static final PodState READY = pod(true, true, null, null, null, null);
  private static final Rollout NONE_READY = new Rollout(true, 1, 1, 1, 0, null);
  private static final Rollout ALL_READY = new Rollout(true, 1, 1, 1, 1, null);

  private static NodePassTunnel server(String more) {
    return tunnel("role: Server\n  listen: {port: 5432}\n" + more);
  }

  private static NodePassTunnel client() {
    return tunnel(
        "role: Client\n  server: {host: tunnel.example.com}\n  forwardTo: {service: web, port: 80}");
  }

  private static NodePassTunnel tunnel(String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: nodepass.dev/v1alpha1
        kind: NodePassTunnel
        metadata: {name: orders-db, namespace: shop, uid: 1b8f, generation: 7}
        spec:
          %s
        """
            .formatted(spec),
        NodePassTunnel.class);
  }

  private static PodState pod(
      boolean ready,
      boolean running,
      @Nullable String waiting,
      @Nullable String text,
      @Nullable String lastWords,
      @Nullable String unschedulable) {
    return new PodState(
        "orders-db-tunnel-1", ready, running, false, waiting, text, lastWords, unschedulable);
  }

  private static RuntimeState alone(RuntimeState.Refusal... refusals) {
    return new RuntimeState(
        "orders-db-tunnel-1", "listening", "no session", List.of(), List.of(refusals));
  }

  private static RuntimeState with(String... sessions) {
    return new RuntimeState("orders-db-tunnel-1", "listening", "", List.of(sessions), List.of());
  }

  private static RuntimeState.Refusal refusal(String reason, String text) {
    return new RuntimeState.Refusal(reason, text, NOW.minusSeconds(10));
  }

  private static Observed seen(
      @Nullable Rollout rollout, List<PodState> pods, RuntimeState... runtimes) {
    return new Observed(
        rollout, BALANCED, pods, List.of(runtimes), Attempt.WELL, List.of(), List.of(KEY), NOW);
  }

  private static TunnelCondition condition(TunnelStatus status, String type) {
    return status.conditions().stream()
        .filter(c -> c.type().equals(type))
        .findFirst()
        .orElseThrow();
  }

  private static void assertCondition(
      TunnelStatus status, String type, String truth, String reason) {
    TunnelCondition condition = condition(status, type);
    assertEquals(truth + " " + reason, condition.status() + " " + condition.reason(), type);
  }

  @Test
  void aServerWithAClientIsReady() {
    TunnelStatus status =
        StatusComposer.compose(server(""), seen(ALL_READY, List.of(READY), with("north", "south")));
    assertCondition(status, "Ready", "True", "TrafficPasses");
    assertCondition(status, "Available", "True", "PodsRun");
    assertCondition(status, "Progressing", "False", "Complete");
    assertCondition(status, "Degraded", "False", "AsExpected");
    assertCondition(status, "Connected", "True", "SessionsUp");
    assertEquals(
        "2 sessions are up, with the clients north, south",
        condition(status, "Connected").message());
    assertEquals("203.0.113.7:10101", status.endpoint());
    assertEquals("Service/orders-db:5432", status.target());
    assertEquals("1/1", status.ready());
    assertEquals(2, status.connected());
    assertEquals("orders-db-key-a", status.joinSecret());
    assertEquals(7, status.observedGeneration());
    assertEquals(
        "app.kubernetes.io/name=nodepass,app.kubernetes.io/instance=orders-db,"
            + "app.kubernetes.io/component=tunnel",
        status.selector());
  }

  @Test
  void aServerWithoutAClientSaysHowToJoin() {
    TunnelStatus status =
        StatusComposer.compose(server(""), seen(NONE_READY, List.of(RUNNING), alone()));
    assertCondition(status, "Ready", "False", "WaitingForClient");
    assertCondition(status, "Available", "True", "PodsRun");
    assertCondition(status, "Progressing", "False", "Complete");
    assertCondition(status, "Degraded", "False", "AsExpected");
    assertCondition(status, "Connected", "False", "WaitingForClient");
    assertEquals(
        "no client is connected yet. To join: NODEPASS_KEY=$(kubectl -n shop get secret"
            + " orders-db-key-a -o jsonpath='{.data.key}' | base64 -d) nodepass"
            + " 'client://203.0.113.7:10101/127.0.0.1:5432'",
        condition(status, "Ready").message());
  }

  @Test
  void whatTheApiServerRefusesIsToldInItsWords() {
    String words = "Service/orders-db-tunnel: provided port is already allocated";
    Observed refused =
        new Observed(
            NONE_READY,
            BALANCED,
            List.of(RUNNING),
            List.of(alone()),
            Attempt.refused(List.of(words)),
            List.of(),
            List.of(KEY),
            NOW);
    TunnelStatus status = StatusComposer.compose(server(""), refused);
    assertCondition(status, "Ready", "False", "ApplyRefused");
    assertCondition(status, "Degraded", "True", "ApplyRefused");
    assertEquals("the API server refuses " + words, condition(status, "Degraded").message());
  }

  @Test
  void aMissingSecretIsNamed() {
    Observed missing =
        new Observed(
            NONE_READY,
            BALANCED,
            List.of(),
            List.of(),
            Attempt.WELL,
            List.of("devices"),
            List.of(),
            NOW);
    TunnelStatus status =
        StatusComposer.compose(server("  auth: {secret: {name: devices}}"), missing);
    assertCondition(status, "Ready", "False", "SecretMissing");
    assertCondition(status, "Degraded", "True", "SecretMissing");
    assertEquals(
        "the Secret devices is not in this namespace: create it",
        condition(status, "Ready").message());
  }

  @Test
  void howToJoinDoesWithoutAnAddressAndWithKeysFromElsewhere() {
    Observed pending =
        new Observed(
            NONE_READY,
            new ServiceState(null, 31000),
            List.of(RUNNING),
            List.of(alone()),
            Attempt.WELL,
            List.of(),
            List.of(),
            NOW);
    TunnelStatus status =
        StatusComposer.compose(server("  auth: {secret: {name: devices}}"), pending);
    assertCondition(status, "Available", "False", "EndpointPending");
    assertNull(status.endpoint());
    assertEquals("devices", status.joinSecret());
    assertEquals(
        "no client is connected yet. To join: nodepass 'client://<address of Service"
            + " orders-db-tunnel>:10101/127.0.0.1:5432' with a key of the Secret devices in"
            + " NODEPASS_KEY",
        condition(status, "Connected").message());
  }

  @Test
  void aWrongKeyShowsOnBothSides() {
    TunnelStatus atServer =
        StatusComposer.compose(
            server(""),
            seen(
                NONE_READY,
                List.of(RUNNING),
                alone(refusal("unauthorized", "192.0.2.1:4000: the key does not match"))));
    assertCondition(atServer, "Connected", "False", "WrongKey");
    assertCondition(atServer, "Degraded", "False", "AsExpected");

    TunnelStatus atClient =
        StatusComposer.compose(
            client(),
            seen(
                NONE_READY,
                List.of(RUNNING),
                alone(
                    refusal(
                        "refused_by_server",
                        "no session with tunnel.example.com:10101: it refuses (unauthorized): the"
                            + " key does not match"))));
    assertCondition(atClient, "Ready", "False", "WrongKey");
    assertCondition(atClient, "Degraded", "True", "WrongKey");
    assertTrue(condition(atClient, "Ready").message().contains("spec.auth.secret.name"));
  }

  @Test
  void wrongKeysAreCountedBesideClientsThatAreConnected() {
    RuntimeState runtime =
        new RuntimeState(
            "p",
            "listening",
            "",
            List.of("north"),
            List.of(refusal("unauthorized", "x"), refusal("handshake_failed", "y")));
    assertEquals(
        "1 session is up, with the clients north; in the last 5 minutes 1 attempt was refused"
            + " because of the key",
        condition(
                StatusComposer.compose(server(""), seen(ALL_READY, List.of(READY), runtime)),
                "Connected")
            .message());
  }

  @Test
  void aRefusalOfLongAgoSaysNothing() {
    RuntimeState.Refusal old =
        new RuntimeState.Refusal("unauthorized", "old", NOW.minusSeconds(3600));
    assertCondition(
        StatusComposer.compose(server(""), seen(NONE_READY, List.of(RUNNING), alone(old))),
        "Connected",
        "False",
        "WaitingForClient");
  }

  @Test
  void aClientWhoseServerIsAwaySaysSo() {
    TunnelStatus status =
        StatusComposer.compose(client(), seen(NONE_READY, List.of(RUNNING), alone()));
    assertCondition(status, "Connected", "False", "ServerUnreachable");
    assertCondition(status, "Degraded", "False", "AsExpected");
    assertEquals(
        "no session with tunnel.example.com:10101: no session",
        condition(status, "Ready").message());
    assertEquals("Service/web:80", status.target());
  }

  @Test
  void aFalseServerDegradesItsClient() {
    TunnelStatus status =
        StatusComposer.compose(
            client(),
            seen(
                NONE_READY,
                List.of(RUNNING),
                alone(refusal("server_unproven", "its public key is not the pinned one"))));
    assertCondition(status, "Connected", "False", "ServerUnproven");
    assertCondition(status, "Degraded", "True", "ServerUnproven");
  }

  @Test
  void lastWordsOfACrashAreShown() {
    PodState crashing =
        pod(
            false,
            false,
            "CrashLoopBackOff",
            "back-off 5m0s restarting failed container",
            "starting\nClient error: /etc/nodepass/keys: it holds no key",
            null);
    TunnelStatus status = StatusComposer.compose(client(), seen(NONE_READY, List.of(crashing)));
    for (String type : List.of("Ready", "Available")) {
      assertCondition(status, type, "False", "CrashLoopBackOff");
    }
    assertCondition(status, "Degraded", "True", "CrashLoopBackOff");
    assertEquals(
        "the pod orders-db-tunnel-1 ends again and again: Client error: /etc/nodepass/keys: it"
            + " holds no key",
        condition(status, "Ready").message());
  }

  @Test
  void anImageThatCannotBeHadAndANodeThatIsMissingAreShown() {
    PodState pulling = pod(false, false, "ImagePullBackOff", "not found", null, null);
    assertCondition(
        StatusComposer.compose(server(""), seen(NONE_READY, List.of(pulling))),
        "Degraded",
        "True",
        "ImagePull");
    PodState waiting = pod(false, false, null, null, null, "0/3 nodes are available");
    TunnelStatus status = StatusComposer.compose(server(""), seen(NONE_READY, List.of(waiting)));
    assertCondition(status, "Ready", "False", "Unschedulable");
    assertEquals(
        "no node takes the pod orders-db-tunnel-1: 0/3 nodes are available",
        condition(status, "Ready").message());
    PodState missing =
        pod(false, false, "CreateContainerConfigError", "secret \"x\" not found", null, null);
    assertCondition(
        StatusComposer.compose(server(""), seen(NONE_READY, List.of(missing))),
        "Available",
        "False",
        "ContainerConfig");
  }

  @Test
  void onePodInTroubleBesideAReadyOneDegradesAndStaysReady() {
    PodState crashing = pod(false, false, "CrashLoopBackOff", null, null, null);
    TunnelStatus status =
        StatusComposer.compose(
            server("  replicas: 2"),
            seen(new Rollout(true, 2, 2, 2, 1, null), List.of(READY, crashing), with("north")));
    assertCondition(status, "Ready", "True", "TrafficPasses");
    assertCondition(status, "Degraded", "True", "CrashLoopBackOff");
    assertEquals("1/2", status.ready());
  }

  @Test
  void replicasThatNeverGetReadyDegrade() {
    TunnelStatus status =
        StatusComposer.compose(
            server("  replicas: 2"),
            seen(new Rollout(true, 2, 2, 2, 1, null), List.of(READY, RUNNING), with("north")));
    assertCondition(status, "Degraded", "True", "ReplicasMissing");
  }

  @Test
  void aRolloutIsProgress() {
    TunnelStatus status =
        StatusComposer.compose(
            server("  replicas: 2"),
            seen(new Rollout(true, 2, 3, 1, 2, null), List.of(READY), with("north")));
    assertCondition(status, "Progressing", "True", "RollingOut");
    assertCondition(status, "Ready", "True", "TrafficPasses");
    assertCondition(status, "Degraded", "False", "AsExpected");
  }

  @Test
  void podsThatTheClusterRefusesStall() {
    TunnelStatus status =
        StatusComposer.compose(
            server(""), seen(new Rollout(true, 1, 0, 0, 0, "exceeded quota"), List.of()));
    assertCondition(status, "Progressing", "False", "Stalled");
    assertCondition(status, "Ready", "False", "Stalled");
    assertEquals("pods cannot be made: exceeded quota", condition(status, "Degraded").message());
  }

  @Test
  void aSuspendedTunnelIsNotReadyAndNothingIsWrong() {
    TunnelStatus status =
        StatusComposer.compose(
            server("  suspend: true"), seen(new Rollout(true, 0, 0, 0, 0, null), List.of()));
    for (String type : List.of("Ready", "Available", "Progressing", "Connected")) {
      assertCondition(status, type, "False", "Suspended");
    }
    assertCondition(status, "Degraded", "False", "AsExpected");
    assertEquals("0/0", status.ready());
  }

  @Test
  void whatCannotBeAppliedIsSaid() {
    Observed invalid =
        new Observed(
            null,
            null,
            List.of(),
            List.of(),
            Attempt.invalid(List.of(new Problem("spec.limits.allowUsers", "'x' is no network"))),
            List.of(),
            List.of(),
            NOW);
    TunnelStatus status = StatusComposer.compose(server(""), invalid);
    assertCondition(status, "Ready", "False", "Invalid");
    assertCondition(status, "Degraded", "True", "Invalid");
    assertEquals("spec.limits.allowUsers: 'x' is no network", condition(status, "Ready").message());

    Observed taken =
        new Observed(
            null,
            null,
            List.of(),
            List.of(),
            Attempt.taken(List.of("Service/orders-db")),
            List.of(),
            List.of(),
            NOW);
    status = StatusComposer.compose(server(""), taken);
    assertCondition(status, "Ready", "False", "NameTaken");
    assertCondition(status, "Degraded", "True", "NameTaken");
    assertTrue(condition(status, "Degraded").message().startsWith("Service/orders-db belongs"));
  }

  @Test
  void podsThatDoNotAnswerLeaveTheConnectionUnknown() {
    assertCondition(
        StatusComposer.compose(server(""), seen(NONE_READY, List.of(RUNNING))),
        "Connected",
        "Unknown",
        "StatusUnreadable");
  }

  @Test
  void theSameObservationLaterGivesTheSameStatus() {
    NodePassTunnel tunnel = server("");
    TunnelStatus first =
        StatusComposer.compose(tunnel, seen(NONE_READY, List.of(RUNNING), alone()));
    tunnel.setStatus(first);
    Observed later =
        new Observed(
            NONE_READY,
            BALANCED,
            List.of(RUNNING),
            List.of(alone()),
            Attempt.WELL,
            List.of(),
            List.of(KEY),
            NOW.plusSeconds(60));
    assertEquals(first, StatusComposer.compose(tunnel, later));
  }

  @Test
  void onlyWhatChangesGetsANewTime() {
    NodePassTunnel tunnel = server("");
    tunnel.setStatus(StatusComposer.compose(tunnel, seen(NONE_READY, List.of(RUNNING), alone())));
    Observed later =
        new Observed(
            ALL_READY,
            BALANCED,
            List.of(READY),
            List.of(with("north")),
            Attempt.WELL,
            List.of(),
            List.of(KEY),
            NOW.plusSeconds(60));
    TunnelStatus status = StatusComposer.compose(tunnel, later);
    assertEquals("2026-01-01T12:01:00Z", condition(status, "Ready").lastTransitionTime());
    assertEquals("2026-01-01T12:01:00Z", condition(status, "Connected").lastTransitionTime());
    assertEquals("2026-01-01T12:00:00Z", condition(status, "Available").lastTransitionTime());
  }

  @Test
  void theEndpointFollowsTheKindOfService() {
    assertEquals(
        "orders-db-tunnel.shop.svc:443", endpoint("  service: {type: ClusterIP, port: 443}"));
    assertEquals("<node>:31000", endpoint("  service: {type: NodePort}"));
    assertEquals("tunnel.example.com:10101", endpoint("  service: {hostname: tunnel.example.com}"));
    assertEquals("203.0.113.7:10101", endpoint(""));
  }

  private static @Nullable String endpoint(String service) {
    return StatusComposer.compose(server(service), seen(ALL_READY, List.of(READY), with("a")))
        .endpoint();
  }
}
