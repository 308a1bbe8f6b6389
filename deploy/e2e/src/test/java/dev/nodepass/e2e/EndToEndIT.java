package dev.nodepass.e2e;

import static dev.nodepass.e2e.Cluster.NAMESPACE;
import static dev.nodepass.e2e.Cluster.SOON;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * One story: somebody follows the README, then does to the tunnel what happens to tunnels. Each
 * scenario begins where the one before ended.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@ExtendWith(Evidence.class)
class EndToEndIT {
  private static final int DATABASE = 5432;
  private static final int SLOW_SECONDS = 15;

  /** Heartbeats come every five seconds; a peer that misses them is dead. */
  private static final Duration FOUR_INTERVALS = Duration.ofSeconds(20);

  private static final List<String> TABLE = new ArrayList<>();

  private static Cluster cluster;
  private static Service service;
  private static Shell.@Nullable Background outside;

  @BeforeAll
  static void start() throws IOException {
    cluster = new Cluster();
    service = new Service(DATABASE);
    Shell.run(
            """
            kubectl apply -f - <<END
            apiVersion: v1
            kind: Pod
            metadata: {name: user, labels: {app: user}}
            spec:
              containers:
              - {name: web, image: "nodepass.test/web:1", ports: [{containerPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: web}
            spec:
              selector: {app: user}
              ports: [{port: 80, targetPort: 8080}]
            END
            kubectl wait --for=condition=Ready pod/user --timeout=60s
            """)
        .text();
  }

  @AfterAll
  static void stop() {
    if (outside != null) {
      outside.close();
    }
    service.close();
    cluster.close();
    System.out.printf("%n%-34s %9s %7s %12s%n", "scenario", "requests", "failed", "longest gap");
    TABLE.forEach(System.out::println);
  }

  private static void tell(String scenario, Load.Result result) {
    TABLE.add(
        String.format(
            Locale.ROOT,
            "%-34s %9d %7d %9.2f s",
            scenario,
            result.made(),
            result.failures().size(),
            result.longestGap().toMillis() / 1e3));
  }

  /** A scenario under load, in which no request may fail. */
  private static void withoutFailure(String scenario, Runnable change) {
    Load.Result result;
    try (Load load = new Load(cluster.address("orders-db"), DATABASE, SLOW_SECONDS)) {
      change.run();
      result = load.end();
    }
    tell(scenario, result);
    assertEquals(List.of(), result.failures());
    assertTrue(result.made() > 20, "load");
  }

  private static String key(String secret) {
    return Shell.run(
            "kubectl get secret %s -o jsonpath='{.data.key}' | base64 -d".formatted(secret))
        .text();
  }

  private static Shell.Background joined(String name, String key) {
    return Shell.start(
        name,
        """
        export NODEPASS_KEY=%s
        exec build/nodepass "client://$(kubectl get npt orders-db -o jsonpath='{.status.endpoint}')/127.0.0.1:5432?http=off"
        """
            .formatted(key));
  }

  @Test
  @Order(1)
  void theReadmeLeadsToTraffic() throws IOException {
    Readme readme = Readme.read();
    Shell.run(readme.block("sh", "kubectl apply --server-side -f deploy/install.yaml")).text();
    Shell.run(
            "kubectl -n nodepass-system rollout status deployment/nodepass-operator --timeout=120s")
        .text();
    Path yaml = Shell.root().resolve("orders-db.yaml");
    try {
      Files.writeString(yaml, readme.block("yaml", "role: Server"));
      Shell.run(readme.block("sh", "kubectl apply -f orders-db.yaml")).text();
    } finally {
      Files.deleteIfExists(yaml);
    }
    cluster.balance("orders-db-tunnel");
    String message = cluster.awaitCondition("orders-db", "Connected", "False", "WaitingForClient");
    assertTrue(message.contains("nodepass 'client://"), message);
    cluster.awaitCondition("orders-db", "Available", "True", "PodsRun");
    outside =
        Shell.start(
            "client",
            readme
                .block("sh", "export NODEPASS_KEY=")
                .replace("build/nodepass", "exec build/nodepass"));
    cluster.awaitSettled("orders-db", 1);
    assertEquals("hello", inCluster("get http://orders-db:5432/say/hello"));
  }

  /** What a pod of the cluster gets, which knows Services by name. */
  private static String inCluster(String command) {
    return Shell.run("kubectl exec user -- /web " + command).text().strip();
  }

  @Test
  @Order(2)
  void datagramsPassByName() {
    cluster.patch("orders-db", "{\"spec\":{\"protocols\":[\"TCP\",\"UDP\"]}}");
    cluster.awaitSettled("orders-db", 1);
    assertEquals("over and back", inCluster("echo orders-db:5432 'over and back'"));
  }

  @Test
  @Order(3)
  void aRollingChangeLosesNothing() {
    withoutFailure(
        "rolling change, 1 replica",
        () -> {
          cluster.patch("orders-db", "{\"spec\":{\"log\":{\"level\":\"Debug\"}}}");
          cluster.awaitSettled("orders-db", 1);
        });
  }

  @Test
  @Order(4)
  void scalingLosesNothing() {
    withoutFailure(
        "scale 1 to 3",
        () -> {
          Shell.run("kubectl scale npt/orders-db --replicas=3").text();
          cluster.awaitSettled("orders-db", 3);
        });
    withoutFailure(
        "rolling change, 3 replicas",
        () -> {
          cluster.patch("orders-db", "{\"spec\":{\"log\":{\"level\":\"Info\"}}}");
          cluster.awaitSettled("orders-db", 3);
        });
    withoutFailure(
        "scale 3 to 1",
        () -> {
          Shell.run("kubectl scale npt/orders-db --replicas=1").text();
          cluster.awaitSettled("orders-db", 1);
          await().atMost(SOON).until(() -> cluster.pods("orders-db").size() == 1);
        });
  }

  /** The old key goes on until everybody has the new one; then it is over at once. */
  @Test
  @Order(5)
  void aKeyIsExchangedWithoutALoss() {
    String old = key(Objects.requireNonNull(cluster.tunnel("orders-db").getStatus().joinSecret()));
    withoutFailure(
        "key rotated",
        () -> {
          String pod = cluster.pods("orders-db").getFirst().getMetadata().getName();
          cluster.patch("orders-db", "{\"spec\":{\"auth\":{\"generation\":2}}}");
          await()
              .atMost(SOON)
              .until(
                  () ->
                      "orders-db-key-b"
                          .equals(cluster.tunnel("orders-db").getStatus().joinSecret()));
          Shell.Background second = joined("second", key("orders-db-key-b"));
          await()
              .atMost(SOON)
              .until(
                  () ->
                      Integer.valueOf(2)
                          .equals(cluster.tunnel("orders-db").getStatus().connected()));
          close(outside);
          outside = second;
          cluster.patch("orders-db", "{\"spec\":{\"auth\":{\"overlap\":\"0s\"}}}");
          await()
              .atMost(SOON)
              .until(
                  () ->
                      cluster
                              .client()
                              .secrets()
                              .inNamespace(NAMESPACE)
                              .withName("orders-db-key-a")
                              .get()
                          == null);
          assertEquals(pod, cluster.pods("orders-db").getFirst().getMetadata().getName());
        });
    try (Shell.Background stale = joined("stale", old)) {
      await().atMost(SOON).until(() -> stale.output().contains("it refuses (unauthorized)"));
    }
  }

  private static void close(Shell.@Nullable Background program) {
    if (program != null) {
      program.close();
    }
  }

  @Test
  @Order(6)
  void theOperatorIsRestartedWithoutALoss() {
    withoutFailure(
        "operator restarted",
        () -> {
          Shell.run(
                  "kubectl -n nodepass-system delete pods -l app.kubernetes.io/name=nodepass-operator")
              .text();
          Shell.run(
                  "kubectl -n nodepass-system rollout status deployment/nodepass-operator --timeout=120s")
              .text();
          cluster.patch("orders-db", "{\"spec\":{\"limits\":{\"connections\":777}}}");
          cluster.awaitSettled("orders-db", 1);
        });
  }

  /** It is not asked, so its users are cut; others must come to the other pod soon. */
  @Test
  @Order(7)
  void ofAKilledPodTheOthersTakeTheUsers() {
    Shell.run("kubectl scale npt/orders-db --replicas=2").text();
    cluster.awaitSettled("orders-db", 2);
    Load.Result result;
    try (Load load = new Load(cluster.address("orders-db"), DATABASE, 0)) {
      Pod victim = cluster.pods("orders-db").getFirst();
      cluster.client().resource(victim).withGracePeriod(0).delete();
      await()
          .atMost(SOON)
          .until(
              () ->
                  cluster.pods("orders-db").stream()
                      .noneMatch(
                          p -> p.getMetadata().getUid().equals(victim.getMetadata().getUid())));
      cluster.awaitSettled("orders-db", 2);
      result = load.end();
    }
    tell("pod killed, 2 replicas", result);
    assertTrue(result.longestGap().toSeconds() < 5, result.toString());
  }

  /** By its readiness a pod leaves the Service, and comes back with the client. */
  @Test
  @Order(8)
  void aVanishedClientTakesItsPodsOutOfTheService() {
    Objects.requireNonNull(outside).process().destroyForcibly();
    Instant then = Instant.now();
    await().atMost(FOUR_INTERVALS).until(() -> cluster.endpoints("orders-db") == 0);
    Duration out = Duration.between(then, Instant.now());
    cluster.awaitCondition("orders-db", "Ready", "False", "WaitingForClient");
    outside = joined("third", key("orders-db-key-b"));
    then = Instant.now();
    await().atMost(SOON).until(() -> cluster.endpoints("orders-db") == 2);
    TABLE.add(
        String.format(
            Locale.ROOT,
            "client killed: out of the Service after %.1f s; client back: in it after %.1f s",
            out.toMillis() / 1e3,
            Duration.between(then, Instant.now()).toMillis() / 1e3));
    cluster.awaitSettled("orders-db", 2);
  }

  /** A runtime one of whose event loops is blocked for ever; the kubelet finds out and acts. */
  @Test
  @Order(9)
  void aStuckRuntimeIsStartedAnew() {
    Pod stuck = cluster.pods("orders-db").getFirst();
    String name = stuck.getMetadata().getName();
    Instant then = Instant.now();
    Duration out;
    Duration anew;
    try (FrozenThread frozen =
        FrozenThread.freeze(FrozenThread.processIn(name), "vert.x-eventloop-thread")) {
      await().atMost(SOON).until(() -> cluster.endpoints("orders-db") == 1);
      out = Duration.between(then, Instant.now());
      assertTrue(frozen.isHeld(), "gone before anybody had found out");
      await().atMost(SOON).until(() -> cluster.restarts(name) == 1);
      anew = Duration.between(then, Instant.now());
    }
    assertTrue(
        cluster.events(name).stream().anyMatch(e -> e.startsWith("Unhealthy: Liveness probe")),
        () -> String.join("\n", cluster.events(name)));
    cluster.awaitSettled("orders-db", 2);
    for (Pod pod : cluster.pods("orders-db")) {
      String other = pod.getMetadata().getName();
      assertEquals(other.equals(name) ? 1 : 0, cluster.restarts(other), other);
    }
    TABLE.add(
        String.format(
            Locale.ROOT,
            "event loop blocked: out of the Service after %.1f s, started anew after %.1f s",
            out.toMillis() / 1e3,
            anew.toMillis() / 1e3));
  }

  /** The other way round: this cluster dials out. */
  @Test
  @Order(10)
  void aClientInTheClusterReachesAServerOutside() throws IOException {
    Path keys = Files.createTempFile("e2e-keys", "");
    Shell.run("echo \"default $(build/nodepass key)\" > " + keys).text();
    try (Shell.Background server =
        Shell.start(
            "server",
            "exec build/nodepass 'server://10.244.0.1:10101/10.244.0.1:10180?mode=reverse&http=off&key-file="
                + keys
                + "'")) {
      Shell.run(
              """
              kubectl create secret generic web-key --from-file=keys=%s
              kubectl apply -f - <<END
              apiVersion: nodepass.dev/v1alpha1
              kind: NodePassTunnel
              metadata: {name: out}
              spec:
                role: Client
                server: {host: 10.244.0.1, port: 10101}
                forwardTo: {service: web, port: 80}
                auth: {secret: {name: web-key}}
              END
              """
                  .formatted(keys))
          .text();
      cluster.awaitSettled("out", 1);
      assertTrue(server.process().isAlive(), server.output());
      String name = Shell.run("curl -sS --max-time 5 http://10.244.0.1:10180/").text().strip();
      assertTrue(name.contains("user"), name);
      Shell.run("kubectl delete npt/out secret/web-key").text();
      await().atMost(SOON).until(() -> cluster.pods("out").isEmpty());
    } finally {
      Files.delete(keys);
    }
  }

  @Test
  @Order(11)
  void deletionLeavesNothing() {
    Shell.run("kubectl delete npt orders-db").text();
    await().atMost(SOON).untilAsserted(() -> assertEquals("", left()));
  }

  private static String left() {
    return Shell.run(
            "kubectl get deployments,replicasets,pods,services,secrets,serviceaccounts,networkpolicies,"
                + "poddisruptionbudgets -l app.kubernetes.io/name=nodepass -o name --ignore-not-found")
        .text()
        .strip();
  }
}
