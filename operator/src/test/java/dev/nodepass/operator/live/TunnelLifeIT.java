package dev.nodepass.operator.live;

import static dev.nodepass.operator.live.Tunnels.SOON;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.TunnelCondition;
import dev.nodepass.operator.cluster.ApiServer;
import dev.nodepass.operator.cluster.ControllerManager;
import dev.nodepass.operator.cluster.FakeKubelet;
import dev.nodepass.operator.cluster.OperatorProcess;
import dev.nodepass.operator.cluster.PodScript.Refusal;
import dev.nodepass.operator.cluster.Requests.Request;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The life of a tunnel, from apply to delete, under exactly the shipped ClusterRole. */
class TunnelLifeIT {
  private static final String[] CHILDREN = {
    "Deployment/db-tunnel",
    "NetworkPolicy/db-tunnel",
    "Secret/db-key-a",
    "Service/db",
    "Service/db-peers",
    "Service/db-tunnel",
    "ServiceAccount/db-tunnel"
  };

  private static Installation installation;
  private static OperatorProcess operator;

  @BeforeAll
  static void start() {
    ControllerManager.shared();
    FakeKubelet.shared();
    installation = Installation.clusterWide();
    operator = installation.operator().awaitReady();
  }

  @AfterAll
  static void stop() {
    String output = operator.output();
    operator.close();
    assertTrue(!output.contains("\tat "), output);
    assertTrue(!output.contains(" ERROR "), output);
    assertEquals(
        List.of(),
        installation.requests().all().stream()
            .filter(r -> r.code() == 403)
            // Others play with quotas, and with namespaces that are being deleted.
            .filter(r -> r.namespace().isEmpty() || r.namespace().startsWith("life-"))
            .filter(r -> !r.namespace().startsWith("life-delete"))
            .toList());
  }

  /** A tunnel whose pods have a session and which can be dialled. */
  private static Tunnels ready(String prefix) {
    Tunnels tunnels = Tunnels.inNew("life-" + prefix);
    tunnels.applyServer("db");
    tunnels.pods("db").sessions("site-a");
    tunnels.awaitChildren(CHILDREN);
    tunnels.balance("db", "203.0.113.7");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    tunnels.awaitCondition("db", "Progressing", "False", "Complete");
    tunnels.awaitCondition("db", "Available", "True", "PodsRun");
    return tunnels;
  }

  @Test
  void allChildrenAreMadeAndTheConditionsComeInOrder() {
    Tunnels tunnels = Tunnels.inNew("life-create");
    List<String> told = new CopyOnWriteArrayList<>();
    try (Watch watch =
        tunnels
            .client()
            .resources(NodePassTunnel.class)
            .inNamespace(tunnels.namespace())
            .watch(new Listener(told))) {
      assertNotNull(watch);
      tunnels.applyServer("db");
      tunnels.awaitChildren(CHILDREN);
      String message = tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
      assertTrue(
          message.contains("kubectl -n " + tunnels.namespace() + " get secret db-key-a"), message);
      assertTrue(
          message.contains(
              "nodepass 'client://<address of Service db-tunnel>:10101/127.0.0.1:5432'"),
          message);
      tunnels.awaitCondition("db", "Available", "False", "EndpointPending");
      tunnels.balance("db", "203.0.113.7");
      tunnels.awaitCondition("db", "Available", "True", "PodsRun");
      assertEquals("203.0.113.7:10101", tunnels.status("db").endpoint());
      message = tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
      assertTrue(message.contains("client://203.0.113.7:10101/"), message);

      tunnels.pods("db").sessions("site-a");
      tunnels.awaitCondition("db", "Connected", "True", "SessionsUp");
      tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
      tunnels.awaitCondition("db", "Progressing", "False", "Complete");
    }
    assertEquals(
        List.of("Starting", "WaitingForClient", "TrafficPasses"),
        told.stream().distinct().toList());
    NodePassTunnel tunnel = tunnels.get("db");
    assertEquals("1/1", tunnel.getStatus().ready());
    assertEquals(1, tunnel.getStatus().connected());
    assertEquals("db-key-a", tunnel.getStatus().joinSecret());
    assertEquals(tunnel.getMetadata().getGeneration(), tunnel.getStatus().observedGeneration());
    String table = tunnels.server().kubectl("get", "npt", "-n", tunnels.namespace()).output();
    assertTrue(
        table.matches(
            "(?s)NAME +ROLE +ENDPOINT +READY +REPLICAS +AGE\\s+db +Server +203.0.113.7:10101 +True +1/1 .*"),
        table);
  }

  /** Notes the reasons of the condition Ready. */
  private record Listener(List<String> told) implements Watcher<NodePassTunnel> {
    @Override
    public void eventReceived(Action action, NodePassTunnel tunnel) {
      if (tunnel.getStatus() != null) {
        tunnel.getStatus().conditions().stream()
            .filter(c -> c.type().equals("Ready"))
            .map(TunnelCondition::reason)
            .forEach(told::add);
      }
    }

    @Override
    public void onClose(WatcherException cause) {}
  }

  @Test
  void readyFollowsTheSession() {
    Tunnels tunnels = ready("flip");
    String since = tunnels.since("db", "Available");
    tunnels.pods("db").sessions();
    tunnels.awaitCondition("db", "Ready", "False", "WaitingForClient");
    tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
    tunnels.pods("db").sessions("site-a", "site-b");
    String message = tunnels.awaitCondition("db", "Connected", "True", "SessionsUp");
    assertTrue(message.contains("2 sessions are up, with the clients site-a, site-b"), message);
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    assertEquals(since, tunnels.since("db", "Available"));
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertEquals(
                    Set.of("KeyCreated", "Connected", "Ready", "NotReady", "Disconnected"),
                    Set.copyOf(events(tunnels).stream().map(Event::getReason).toList())));
  }

  private static List<Event> events(Tunnels tunnels) {
    return tunnels
        .client()
        .events()
        .v1()
        .events()
        .inNamespace(tunnels.namespace())
        .list()
        .getItems()
        .stream()
        .filter(e -> e.getRegarding().getKind().equals("NodePassTunnel"))
        .toList();
  }

  @Test
  void theRolloutFitsTheConnection() {
    Tunnels tunnels = ready("surge");
    await().atMost(SOON).untilAsserted(() -> assertEquals("1 0", strategy(tunnels)));
    tunnels.pods("db").sessions();
    await().atMost(SOON).untilAsserted(() -> assertEquals("100% 100%", strategy(tunnels)));
  }

  private static String strategy(Tunnels tunnels) {
    var rolling = tunnels.deployment("db").getSpec().getStrategy().getRollingUpdate();
    return rolling.getMaxSurge().getValue() + " " + rolling.getMaxUnavailable().getValue();
  }

  /** Each kind of field changes the child that it should, and no other. */
  @Test
  void anEditChangesTheRightChildAndNothingElse() {
    Tunnels tunnels = ready("edit");
    changes(tunnels, "{\"spec\":{\"listen\":{\"port\":5433}}}", "Service/db");
    changes(
        tunnels,
        "{\"spec\":{\"protocols\":[\"TCP\",\"UDP\"]}}",
        "Service/db",
        "Deployment/db-tunnel",
        "NetworkPolicy/db-tunnel");
    changes(tunnels, "{\"spec\":{\"service\":{\"port\":443}}}", "Service/db-tunnel");
    changes(tunnels, "{\"spec\":{\"service\":{\"type\":\"ClusterIP\"}}}", "Service/db-tunnel");
    changes(
        tunnels,
        "{\"spec\":{\"listen\":{\"service\":{\"annotations\":{\"a\":\"b\"}}}}}",
        "Service/db");
    changes(tunnels, "{\"spec\":{\"limits\":{\"connections\":77}}}", "Deployment/db-tunnel");
    changes(tunnels, "{\"spec\":{\"timeouts\":{\"drain\":\"90s\"}}}", "Deployment/db-tunnel");
    changes(tunnels, "{\"spec\":{\"log\":{\"level\":\"Debug\"}}}", "Deployment/db-tunnel");
    changes(
        tunnels, "{\"spec\":{\"image\":\"registry.example/nodepass:2\"}}", "Deployment/db-tunnel");
    changes(
        tunnels,
        "{\"spec\":{\"pod\":{\"nodeSelector\":{\"zone\":\"a\"}}}}",
        "Deployment/db-tunnel");
    changes(
        tunnels,
        "{\"spec\":{\"resources\":{\"requests\":{\"cpu\":\"1\"}}}}",
        "Deployment/db-tunnel");
    changes(
        tunnels, "{\"spec\":{\"networkPolicy\":{\"enabled\":false}}}", "NetworkPolicy/db-tunnel");
    changes(
        tunnels,
        "{\"spec\":{\"replicas\":2}}",
        "Deployment/db-tunnel",
        "PodDisruptionBudget/db-tunnel");
    changes(
        tunnels,
        "{\"spec\":{\"replicas\":1}}",
        "Deployment/db-tunnel",
        "PodDisruptionBudget/db-tunnel");
    changes(tunnels, "{\"spec\":{\"auth\":{\"generation\":2}}}", "Secret/db-key-b");
  }

  private static void changes(Tunnels tunnels, String patch, String... children) {
    TreeMap<String, String> before = tunnels.children();
    tunnels.patch("db", patch);
    Long generation = tunnels.get("db").getMetadata().getGeneration();
    await(patch)
        .atMost(SOON)
        .until(() -> generation.equals(tunnels.status("db").observedGeneration()));
    TreeMap<String, String> after = tunnels.children();
    Set<String> changed = new TreeSet<>(before.keySet());
    changed.addAll(after.keySet());
    // A budget's status is filled by its controller: whether it is there counts.
    changed.removeIf(
        name ->
            name.startsWith("PodDisruptionBudget")
                ? before.containsKey(name) == after.containsKey(name)
                : Objects.equals(before.get(name), after.get(name)));
    assertEquals(new TreeSet<>(List.of(children)), changed, patch);
    tunnels.awaitCondition("db", "Progressing", "False", "Complete");
  }

  @Test
  void whatSomebodyChangesOrDeletesIsRepaired() {
    Tunnels tunnels = ready("drift");
    var client = tunnels.client();
    client.resource(tunnels.service("db")).delete();
    await().atMost(SOON).until(() -> tunnels.service("db") != null);
    client
        .network()
        .v1()
        .networkPolicies()
        .inNamespace(tunnels.namespace())
        .withName("db-tunnel")
        .delete();
    client.serviceAccounts().inNamespace(tunnels.namespace()).withName("db-tunnel").delete();
    tunnels.awaitChildren(CHILDREN);
    tunnels.editService(
        "db", s -> s.edit().editSpec().editFirstPort().withPort(1).endPort().endSpec().build());
    await()
        .atMost(SOON)
        .until(() -> tunnels.service("db").getSpec().getPorts().getFirst().getPort() == 5432);
    tunnels.editDeployment(
        "db",
        d ->
            d.edit()
                .editSpec()
                .withReplicas(5)
                .editTemplate()
                .editSpec()
                .editFirstContainer()
                .withImage("evil")
                .endContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              var spec = tunnels.deployment("db").getSpec();
              assertEquals(1, spec.getReplicas());
              assertEquals(
                  "registry.example/nodepass:1",
                  spec.getTemplate().getSpec().getContainers().getFirst().getImage());
            });
    tunnels.editService(
        "db-peers",
        s ->
            s.edit()
                .editMetadata()
                .removeFromLabels("app.kubernetes.io/managed-by")
                .endMetadata()
                .build());
    await()
        .atMost(SOON)
        .until(
            () ->
                "nodepass-operator"
                    .equals(
                        tunnels
                            .service("db-peers")
                            .getMetadata()
                            .getLabels()
                            .get("app.kubernetes.io/managed-by")));
  }

  @Test
  void whatOthersAddIsLeftAlone() {
    Tunnels tunnels = ready("others");
    tunnels.editService(
        "db",
        s ->
            s.edit()
                .editMetadata()
                .addToAnnotations("cloud.example/id", "7")
                .endMetadata()
                .build());
    tunnels.editDeployment(
        "db",
        d ->
            d.edit()
                .editSpec()
                .editTemplate()
                .editMetadata()
                .addToAnnotations("mesh.example/inject", "true")
                .endMetadata()
                .editSpec()
                .addNewInitContainer()
                .withName("mesh")
                .withImage("mesh:1")
                .endInitContainer()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build());
    Instant then = Instant.now();
    tunnels.patch("db", "{\"spec\":{\"log\":{\"level\":\"Debug\"}}}");
    await()
        .atMost(SOON)
        .until(
            () ->
                tunnels
                    .deployment("db")
                    .getSpec()
                    .getTemplate()
                    .getSpec()
                    .getContainers()
                    .getFirst()
                    .getEnv()
                    .stream()
                    .anyMatch(e -> e.getValue().equals("debug")));
    var template = tunnels.deployment("db").getSpec().getTemplate();
    assertEquals("true", template.getMetadata().getAnnotations().get("mesh.example/inject"));
    assertEquals("mesh", template.getSpec().getInitContainers().getFirst().getName());
    assertEquals("7", tunnels.service("db").getMetadata().getAnnotations().get("cloud.example/id"));
    assertTrue(
        installation.requests().since(then).in(tunnels.namespace()).to("services").writes().count()
            == 0);
  }

  /** Another manager that applies a field of ours loses it again, and keeps its own. */
  @Test
  void aConflictOfAppliesEndsInOurFavour() {
    Tunnels tunnels = ready("conflict");
    tunnels
        .client()
        .services()
        .inNamespace(tunnels.namespace())
        .withName("db")
        .patch(
            new PatchContext.Builder()
                .withPatchType(PatchType.SERVER_SIDE_APPLY)
                .withFieldManager("somebody")
                .withForce(true)
                .build(),
            """
            {"apiVersion":"v1","kind":"Service","metadata":{"name":"db","labels":{"team":"a"}},
             "spec":{"type":"ClusterIP","selector":{"app":"other"}}}
            """);
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              var service = tunnels.service("db");
              assertEquals(
                  "nodepass", service.getSpec().getSelector().get("app.kubernetes.io/name"));
              assertEquals("a", service.getMetadata().getLabels().get("team"));
            });
  }

  @Test
  void aKeyIsRotatedInTwoSlotsWithoutARestart() {
    Tunnels tunnels = ready("rotate");
    String generation = tunnels.children().get("Deployment/db-tunnel");
    Map<String, String> first = secret(tunnels, "db-key-a");
    tunnels.patch("db", "{\"spec\":{\"auth\":{\"generation\":2}}}");
    await().atMost(SOON).until(() -> "db-key-b".equals(tunnels.status("db").joinSecret()));
    Map<String, String> second = secret(tunnels, "db-key-b");
    assertNotEquals(first.get("key"), second.get("key"));
    assertEquals(first, secret(tunnels, "db-key-a"));
    // The time of the old one is over at once.
    tunnels.patch("db", "{\"spec\":{\"auth\":{\"overlap\":\"0s\"}}}");
    await()
        .atMost(SOON)
        .until(
            () ->
                tunnels
                        .client()
                        .secrets()
                        .inNamespace(tunnels.namespace())
                        .withName("db-key-a")
                        .get()
                    == null);
    await().atMost(SOON).untilAsserted(() -> assertEquals(1, tunnels.status("db").keys().size()));
    assertEquals(generation, tunnels.children().get("Deployment/db-tunnel"));
    tunnels.patch("db", "{\"spec\":{\"auth\":{\"generation\":3}}}");
    await().atMost(SOON).until(() -> "db-key-a".equals(tunnels.status("db").joinSecret()));
    assertTrue(events(tunnels).stream().anyMatch(e -> e.getReason().equals("KeyDeleted")));
    assertTrue(!operator.output().contains(decoded(second.getOrDefault("key", ""))));
  }

  private static Map<String, String> secret(Tunnels tunnels, String name) {
    return tunnels
        .client()
        .secrets()
        .inNamespace(tunnels.namespace())
        .withName(name)
        .get()
        .getData();
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }

  @Test
  void aSuspendedTunnelHasNoPodsAndKeepsAllElse() {
    Tunnels tunnels = ready("suspend");
    tunnels.patch("db", "{\"spec\":{\"suspend\":true}}");
    tunnels.awaitCondition("db", "Ready", "False", "Suspended");
    await().atMost(SOON).until(() -> tunnels.pods().isEmpty());
    tunnels.awaitChildren(CHILDREN);
    tunnels.patch("db", "{\"spec\":{\"suspend\":false}}");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
  }

  @Test
  void kubectlScales() {
    Tunnels tunnels = ready("scale");
    assertEquals(
        0,
        tunnels
            .server()
            .kubectl("scale", "npt/db", "--replicas=3", "-n", tunnels.namespace())
            .code());
    await().atMost(SOON).untilAsserted(() -> assertEquals("3/3", tunnels.status("db").ready()));
    assertEquals(3, tunnels.status("db").replicas());
    assertTrue(tunnels.children().containsKey("PodDisruptionBudget/db-tunnel"));
    String selector = tunnels.status("db").selector();
    assertEquals(
        3,
        tunnels
            .client()
            .pods()
            .inNamespace(tunnels.namespace())
            .withLabelSelector(selector)
            .list()
            .getItems()
            .size());
    assertEquals(
        0,
        tunnels
            .server()
            .kubectl("scale", "npt/db", "--replicas=0", "-n", tunnels.namespace())
            .code());
    tunnels.awaitCondition("db", "Ready", "False", "NoReplicas");
    tunnels.awaitChildren(CHILDREN);
    assertEquals(
        0,
        tunnels
            .server()
            .kubectl("scale", "npt/db", "--replicas=1", "-n", tunnels.namespace())
            .code());
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
  }

  @Test
  void deletionLeavesNothingAndANewOneOfTheNameIsMade() {
    Tunnels tunnels = ready("delete");
    tunnels.delete("db");
    assertNull(tunnels.get("db"));
    tunnels.awaitChildren();
    await().atMost(SOON).until(() -> tunnels.pods().isEmpty());
    tunnels.applyServer("db");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    // At once, while the garbage of the one before is still there.
    tunnels.delete("db");
    tunnels.applyServer("db");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    await().atMost(SOON).untilAsserted(() -> assertOwned(tunnels));
    tunnels.client().namespaces().withName(tunnels.namespace()).delete();
    await()
        .atMost(SOON)
        .until(() -> tunnels.client().namespaces().withName(tunnels.namespace()).get() == null);
  }

  private static void assertOwned(Tunnels tunnels) {
    String uid = tunnels.get("db").getMetadata().getUid();
    assertEquals(
        uid, tunnels.deployment("db").getMetadata().getOwnerReferences().getFirst().getUid());
    for (var key : tunnels.status("db").keys()) {
      var secret =
          tunnels.client().secrets().inNamespace(tunnels.namespace()).withName(key.name()).get();
      assertNotNull(secret, key.name());
      assertEquals(uid, secret.getMetadata().getOwnerReferences().getFirst().getUid());
    }
    assertNotNull(tunnels.status("db").joinSecret());
  }

  @Test
  void troubleOfPodsIsTold() {
    Tunnels tunnels = Tunnels.inNew("life-trouble");
    tunnels.pods("db").crashLoop("reading keys\nno key in /etc/nodepass/keys");
    tunnels.applyServer("db");
    String message = tunnels.awaitCondition("db", "Ready", "False", "CrashLoopBackOff");
    assertTrue(message.endsWith("ends again and again: no key in /etc/nodepass/keys"), message);
    tunnels.awaitCondition("db", "Degraded", "True", "CrashLoopBackOff");
    tunnels.pods("db").imagePull("manifest unknown");
    message = tunnels.awaitCondition("db", "Ready", "False", "ImagePull");
    assertTrue(message.endsWith("manifest unknown"), message);
    tunnels.pods("db").unschedulable("0/3 nodes are available: 3 Insufficient cpu");
    message = tunnels.awaitCondition("db", "Ready", "False", "Unschedulable");
    assertTrue(message.endsWith("3 Insufficient cpu"), message);
    tunnels.pods("db").sessions("site-a");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    await()
        .atMost(SOON)
        .until(() -> events(tunnels).stream().anyMatch(e -> e.getReason().equals("Recovered")));
    tunnels.pods("db").unreadable();
    tunnels.patch("db", "{\"spec\":{\"log\":{\"level\":\"Debug\"}}}");
    tunnels.awaitCondition("db", "Connected", "Unknown", "StatusUnreadable");
  }

  @Test
  void aWrongKeyIsSeenOnBothSides() {
    Tunnels tunnels = Tunnels.inNew("life-keys");
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    tunnels
        .pods("web")
        .refusals(
            new Refusal(
                "refused_by_server",
                "the server refuses this client: the key is wrong (unauthorized)",
                now));
    tunnels.apply(
        "web",
        "role: Client\nserver: {host: tunnel.example.com, port: 10101}\nforwardTo: {service: web, port: 80}");
    String message = tunnels.awaitCondition("web", "Connected", "False", "WrongKey");
    assertTrue(message.contains("Copy the server's key Secret"), message);
    tunnels.awaitCondition("web", "Degraded", "True", "WrongKey");
    tunnels.pods("db").sessions("site-a").refusals(new Refusal("unauthorized", "a wrong key", now));
    tunnels.applyServer("db");
    message = tunnels.awaitCondition("db", "Connected", "True", "SessionsUp");
    assertTrue(message.contains("1 attempt was refused because of the key"), message);
    assertEquals("tunnel.example.com:10101", tunnels.status("web").endpoint());
  }

  @Test
  void aPodThatGoesIsNotCountedAndTheRestStays() {
    Tunnels tunnels = ready("pods");
    tunnels.patch("db", "{\"spec\":{\"replicas\":2}}");
    await().atMost(SOON).untilAsserted(() -> assertEquals("2/2", tunnels.status("db").ready()));
    Pod one = tunnels.pods().getFirst();
    FakeKubelet.shared().pod(one).sessions();
    await().atMost(SOON).untilAsserted(() -> assertEquals("1/2", tunnels.status("db").ready()));
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    tunnels.awaitCondition("db", "Degraded", "True", "ReplicasMissing");
    tunnels.client().resource(one).delete();
    await().atMost(SOON).untilAsserted(() -> assertEquals("2/2", tunnels.status("db").ready()));
    tunnels.awaitCondition("db", "Degraded", "False", "AsExpected");
  }

  @Test
  void metricsAndHealthTell() throws Exception {
    Tunnels tunnels = ready("metrics");
    String row =
        "nodepass_tunnel_ready{name=\"db\",namespace=\""
            + tunnels.namespace()
            + "\",role=\"Server\"} ";
    await().atMost(SOON).until(() -> operator.get("/q/metrics").body().contains(row + "1.0"));
    String metrics = operator.get("/q/metrics").body();
    assertTrue(
        metrics.contains("reconciliations_success_total{controller_name=\"nodepasstunnel\"}"),
        metrics);
    assertTrue(metrics.contains("reconciliations_queue{"), metrics);
    tunnels.delete("db");
    await().atMost(SOON).until(() -> !operator.get("/q/metrics").body().contains(row));
    String health = operator.get("/q/health").body();
    assertTrue(health.contains("\"nodepasstunnel\": \"OK\""), health);
    assertTrue(
        operator.output().contains("[" + tunnels.namespace() + "/db #"),
        "namespace and name in the log");
  }

  /** Of what is not needed, nothing is asked. */
  @Test
  void noSecretIsEverRead() {
    ready("secrets");
    List<String> verbs =
        installation.requests().to("secrets").all().stream().map(Request::verb).toList();
    assertTrue(verbs.contains("create"));
    assertEquals(
        List.of(), verbs.stream().filter(v -> !List.of("create", "delete").contains(v)).toList());
    for (String verb : List.of("get", "list", "watch", "update", "patch")) {
      assertEquals("no\n", may(verb, "secrets"), verb);
    }
    assertEquals("yes\n", may("create", "secrets"));
  }

  private static String may(String verb, String resource) {
    return ApiServer.shared()
        .kubectl(installation.user(), "auth", "can-i", verb, resource, "-n", "default")
        .output();
  }
}
