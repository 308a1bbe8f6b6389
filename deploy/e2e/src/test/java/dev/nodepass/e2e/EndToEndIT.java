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
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
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
  private static final int MANY = 300;

  /** Heartbeats come every five seconds; a peer that misses them is dead. */
  private static final Duration FOUR_INTERVALS = Duration.ofSeconds(20);

  private static final List<String> TABLE = new ArrayList<>();

  /** Nobody waits for longer, whatever is done to the tunnel. */
  private static final Duration LONGEST_GAP = Duration.ofSeconds(5);

  private static Readme readme;
  private static Cluster cluster;
  private static Service service;
  private static Shell.@Nullable Background outside;

  @BeforeAll
  static void start() throws IOException {
    readme = Readme.read();
    cluster = new Cluster();
    service = new Service(DATABASE);
    serve(NAMESPACE, "user", "web", 80);
  }

  /** A pod that answers by HTTP and can ask others, and a Service that leads to it. */
  private static void serve(String namespace, String pod, String service, int port) {
    Shell.run(
            """
            kubectl apply -n %1$s -f - <<END
            apiVersion: v1
            kind: Pod
            metadata: {name: %2$s, labels: {app: %2$s}}
            spec:
              containers:
              - {name: web, image: "nodepass.test/web:1", ports: [{containerPort: 8080}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: %3$s}
            spec:
              selector: {app: %2$s}
              ports: [{port: %4$d, targetPort: 8080}]
            END
            kubectl wait -n %1$s --for=condition=Ready pod/%2$s --timeout=60s
            """
                .formatted(namespace, pod, service, port))
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
            result.quick() + result.slow(),
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
    assertServed(result);
  }

  private static void assertServed(Load.Result result) {
    assertTrue(result.quick() > 20, result.toString());
    assertTrue(result.longestGap().compareTo(LONGEST_GAP) < 0, result.toString());
  }

  /** A change after which no pod is one of those before. */
  private static void exchanging(int replicas, String patch) {
    Set<String> before = cluster.uids("orders-db");
    cluster.patch("orders-db", patch);
    cluster.awaitSettled("orders-db", replicas);
    Set<String> after = cluster.uids("orders-db");
    after.retainAll(before);
    await().atMost(SOON).until(() -> cluster.pods("orders-db").size() == replicas);
    assertEquals(Set.of(), after, "pods that were not exchanged");
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
    Shell.run(readme.block("sh", "kubectl apply --server-side -f deploy/install.yaml")).text();
    Shell.run(
            "kubectl -n nodepass-system set resources deployment/nodepass-operator"
                + " --limits=memory=256Mi")
        .text();
    Shell.run(
            "kubectl -n nodepass-system rollout status deployment/nodepass-operator --timeout=120s")
        .text();
    tellOperators("operator, ready");
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

  /**
   * How the operator's processes are: the first that is told is at most as old as its start took.
   */
  private static void tellOperators(String when) {
    for (String pod : cluster.operators()) {
      PodProcess process = PodProcess.of(pod);
      TABLE.add(
          String.format(
              Locale.ROOT,
              "%s: %.1f s old, %d MiB of its own, RSS %d MiB, at the peak %d MiB",
              when,
              process.age().toMillis() / 1e3,
              process.mib("RssAnon"),
              process.mib("VmRSS"),
              process.mib("VmHWM")));
    }
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
        () -> exchanging(1, "{\"spec\":{\"log\":{\"level\":\"Debug\"}}}"));
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
        () -> exchanging(3, "{\"spec\":{\"log\":{\"level\":\"Info\"}}}"));
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
          exchanging(1, "{\"spec\":{\"limits\":{\"connections\":777}}}");
        });
  }

  /** One pod is taken away at once, the process of another is killed: the rest takes the users. */
  @Test
  @Order(7)
  void ofAPodThatGoesTheOthersTakeTheUsers() {
    Shell.run("kubectl scale npt/orders-db --replicas=2").text();
    cluster.awaitSettled("orders-db", 2);
    Pod victim = cluster.pods("orders-db").getFirst();
    brutally(
        "pod deleted without grace",
        () -> {
          cluster.client().resource(victim).withGracePeriod(0).delete();
          await()
              .atMost(SOON)
              .until(() -> !cluster.uids("orders-db").contains(victim.getMetadata().getUid()));
          cluster.awaitSettled("orders-db", 2);
        });
    String killed = cluster.pods("orders-db").getFirst().getMetadata().getName();
    brutally(
        "process killed (SIGKILL)",
        () -> {
          PodProcess.of(killed).kill();
          await().atMost(SOON).until(() -> cluster.restarts(killed) == 1);
          cluster.awaitSettled("orders-db", 2);
        });
  }

  /** A scenario in which those may fail who are served by what goes, and no others. */
  private static void brutally(String scenario, Runnable change) {
    Load.Result result;
    try (Load load = new Load(cluster.address("orders-db"), DATABASE, 0)) {
      change.run();
      result = load.end();
    }
    tell(scenario, result);
    assertServed(result);
    assertTrue(result.failures().size() < result.quick() / 2, result.toString());
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
    int restarts = cluster.restarts(name);
    Instant then = Instant.now();
    Duration out;
    Duration anew;
    try (FrozenThread frozen =
        FrozenThread.freeze(PodProcess.of(name).id(), "vert.x-eventloop-thread")) {
      await().atMost(SOON).until(() -> cluster.endpoints("orders-db") == 1);
      out = Duration.between(then, Instant.now());
      assertTrue(frozen.isHeld(), "gone before anybody had found out");
      await().atMost(SOON).until(() -> cluster.restarts(name) == restarts + 1);
      anew = Duration.between(then, Instant.now());
    }
    // Of the probes that failed before not each becomes an Event: the kubelet sends few of a kind.
    await()
        .atMost(SOON)
        .until(
            () ->
                cluster.events(name).stream()
                    .anyMatch(
                        e -> e.startsWith("Killing: Container tunnel failed liveness probe")));
    cluster.awaitSettled("orders-db", 2);
    assertEquals(restarts + 1, cluster.restarts(name));
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

  /** Two clusters, played by two namespaces, of which the README's second half is told. */
  @Test
  @Order(11)
  void theReadmeJoinsTwoClusters() throws IOException {
    close(outside);
    outside = null;
    Shell.run("kubectl create namespace office").text();
    serve("office", "database", "postgres", 5432);
    Path yaml = Shell.root().resolve("orders-db-client.yaml");
    try {
      Files.writeString(
          yaml,
          readme
              .block("yaml", "role: Client")
              .replace("tunnel.example.com", cluster.address("orders-db-tunnel")));
      Shell.run("kubectl apply -n office -f orders-db-client.yaml").text();
    } finally {
      Files.deleteIfExists(yaml);
    }
    Shell.run(
            readme
                .block("sh", "kubectl create secret generic orders-db-key")
                .replace(
                    "# in the client's\n", "kubectl() { command kubectl -n office \"$@\"; }\n"))
        .text();
    cluster.awaitSettled("orders-db", 2);
    assertTrue(inCluster("get http://orders-db:5432/").contains("database"));
    String all = Shell.run(readme.block("sh", "kubectl get npt -A -o wide")).text();
    assertTrue(all.contains("office"), all);
    assertEquals(List.of(), readme.unused());
    Shell.run("kubectl delete npt --all -n office").text();
  }

  @Test
  @Order(12)
  void deletionLeavesNothing() {
    tellOperators("operator, after all that");
    Shell.run("kubectl delete npt orders-db").text();
    await().atMost(SOON).untilAsserted(() -> assertEquals("", left()));
  }

  /**
   * The operator has 256 MiB from the beginning. Pods that no node takes cost this machine least.
   */
  @Test
  @Order(13)
  void threeHundredTunnelsFitInTheOperatorsMemory() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < MANY; i++) {
      all.append(
          """
          ---
          apiVersion: nodepass.dev/v1alpha1
          kind: NodePassTunnel
          metadata: {name: t%d, namespace: many}
          spec:
            role: Server
            listen: {port: 5432}
            service: {type: ClusterIP}
            pod: {nodeSelector: {nodepass.test/node: none}}
          """
              .formatted(i));
    }
    Path yaml = Files.createTempFile("many", ".yaml");
    Files.writeString(yaml, all);
    Instant then = Instant.now();
    AtomicLong most = new AtomicLong();
    Shell.run("kubectl create namespace many && kubectl create -f " + yaml + " >/dev/null").text();
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofMillis(500))
        .until(
            () -> {
              for (String pod : cluster.operators()) {
                most.accumulateAndGet(PodProcess.of(pod).mib("RssAnon"), Math::max);
              }
              return cluster.saying("many", "Unschedulable") == MANY;
            });
    Files.delete(yaml);
    TABLE.add(
        String.format(
            Locale.ROOT,
            "%d tunnels more, each planned, with a pod, and told of it: after %.0f s;"
                + " the operator had at most %d MiB of its own",
            MANY,
            Duration.between(then, Instant.now()).toMillis() / 1e3,
            most.get()));
    assertEquals(0, cluster.operatorRestarts());
    Shell.run("kubectl delete namespace many --wait=false").text();
  }

  private static String left() {
    return Shell.run(
            "kubectl get deployments,replicasets,pods,services,secrets,serviceaccounts,networkpolicies,"
                + "poddisruptionbudgets -l app.kubernetes.io/name=nodepass -o name --ignore-not-found")
        .text()
        .strip();
  }
}
