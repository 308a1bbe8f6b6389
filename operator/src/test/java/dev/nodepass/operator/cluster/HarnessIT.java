package dev.nodepass.operator.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.operator.cluster.PodScript.Refusal;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.readiness.Readiness;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the tests of the operator stand on. */
class HarnessIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @BeforeAll
  static void start() {
    ControllerManager.shared();
    FakeKubelet.shared();
  }

  private static KubernetesClient client() {
    return ApiServer.shared().client();
  }

  private static Deployment deployment(String namespace, int replicas) {
    Map<String, String> labels =
        Map.of("app.kubernetes.io/name", "nodepass", "app.kubernetes.io/instance", "db");
    return new DeploymentBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName("db-tunnel")
        .endMetadata()
        .withNewSpec()
        .withReplicas(replicas)
        .withNewSelector()
        .withMatchLabels(labels)
        .endSelector()
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .endMetadata()
        .withNewSpec()
        .addNewContainer()
        .withName("tunnel")
        .withImage("registry.example/nodepass:1")
        .withArgs("server://:10101/:10102")
        .endContainer()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }

  private static List<Pod> pods(String namespace) {
    return client().pods().inNamespace(namespace).list().getItems();
  }

  private static List<Pod> awaitPods(String namespace, int count) {
    await()
        .atMost(SOON)
        .until(
            () ->
                pods(namespace).stream().filter(p -> p.getStatus().getPodIP() != null).count()
                    == count);
    return pods(namespace);
  }

  private static void awaitReady(String namespace, int count) {
    await()
        .atMost(SOON)
        .until(
            () -> {
              Integer ready =
                  client()
                      .apps()
                      .deployments()
                      .inNamespace(namespace)
                      .withName("db-tunnel")
                      .get()
                      .getStatus()
                      .getReadyReplicas();
              return (ready == null ? 0 : ready) == count;
            });
  }

  private static String status(Pod pod) throws IOException, InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(
                      URI.create("http://" + pod.getStatus().getPodIP() + ":9000/status"))
                  .timeout(Duration.ofSeconds(5))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  @Test
  void podsOfADeploymentBecomeReadyWithASession() throws Exception {
    String namespace = ApiServer.shared().namespace("ready");
    client().resource(deployment(namespace, 2)).create();
    List<Pod> pods = awaitPods(namespace, 2);
    assertEquals(2, pods.stream().map(p -> p.getStatus().getPodIP()).distinct().count());
    assertTrue(pods.stream().noneMatch(Readiness.getInstance()::isReady));

    FakeKubelet.shared().tunnel(namespace, "db").sessions("site-a");
    assertTrue(pods(namespace).stream().allMatch(Readiness.getInstance()::isReady));
    awaitReady(namespace, 2);
    FakeKubelet.shared().tunnel(namespace, "db").sessions();
    awaitReady(namespace, 0);
  }

  @Test
  void eachPodAnswersForItself() throws Exception {
    String namespace = ApiServer.shared().namespace("status");
    client().resource(deployment(namespace, 2)).create();
    List<Pod> pods = awaitPods(namespace, 2);
    Instant at = Instant.parse("2026-01-01T12:00:00Z");
    FakeKubelet.shared()
        .pod(pods.getFirst())
        .sessions("site-a")
        .refusals(new Refusal("bad_key", "a key that is not known", at));
    String first = status(pods.getFirst());
    assertTrue(first.contains("\"name\":\"site-a\""), first);
    assertTrue(first.contains("\"reason\":\"bad_key\""), first);
    String second = status(pods.getLast());
    assertTrue(second.contains("\"sessions\":[]"), second);
    assertTrue(second.contains("\"state\":\"listening\""), second);
    FakeKubelet.shared().pod(pods.getLast()).unreadable();
    assertThrows(IOException.class, () -> status(pods.getLast()));
  }

  @Test
  void troubleShowsInThePod() {
    String namespace = ApiServer.shared().namespace("trouble");
    client().resource(deployment(namespace, 1)).create();
    awaitPods(namespace, 1);
    FakeKubelet.Cue cue = FakeKubelet.shared().tunnel(namespace, "db");
    cue.crashLoop("no such file");
    var container = pods(namespace).getFirst().getStatus().getContainerStatuses().getFirst();
    assertEquals("CrashLoopBackOff", container.getState().getWaiting().getReason());
    assertEquals("no such file", container.getLastState().getTerminated().getMessage());
    cue.imagePull("not found");
    container = pods(namespace).getFirst().getStatus().getContainerStatuses().getFirst();
    assertEquals("ImagePullBackOff", container.getState().getWaiting().getReason());
    cue.unschedulable("0/3 nodes are available");
    var condition = pods(namespace).getFirst().getStatus().getConditions().getFirst();
    assertEquals("0/3 nodes are available", condition.getMessage());
    cue.sessions("site-a");
    assertTrue(Readiness.getInstance().isReady(pods(namespace).getFirst()));
  }

  @Test
  void whatADeletedOwnerLeavesIsCollected() {
    String namespace = ApiServer.shared().namespace("collected");
    ConfigMap owner = client().resource(configMap(namespace, "owner").build()).create();
    client()
        .resource(
            configMap(namespace, "dependent")
                .editMetadata()
                .addNewOwnerReference()
                .withApiVersion("v1")
                .withKind("ConfigMap")
                .withName("owner")
                .withUid(owner.getMetadata().getUid())
                .endOwnerReference()
                .endMetadata()
                .build())
        .create();
    client().resource(owner).delete();
    await()
        .atMost(SOON)
        .until(
            () -> client().configMaps().inNamespace(namespace).withName("dependent").get() == null);
  }

  private static ConfigMapBuilder configMap(String namespace, String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .endMetadata();
  }

  @Test
  void aNamespaceGoesWithItsPods() {
    String namespace = ApiServer.shared().namespace("gone");
    client().resource(deployment(namespace, 1)).create();
    awaitPods(namespace, 1);
    client().namespaces().withName(namespace).delete();
    await().atMost(SOON).until(() -> client().namespaces().withName(namespace).get() == null);
  }

  @Test
  void requestsOfAUserAreCounted() {
    ApiServer server = ApiServer.shared();
    String namespace = server.namespace("audit");
    client()
        .resource(
            new ServiceAccountBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName("reader")
                .endMetadata()
                .build())
        .create();
    String user = ApiServer.userName(namespace, "reader");
    assertEquals(0, server.requestsOf(user).count());
    Kubeconfig reader = server.serviceAccount(namespace, "reader");
    try (KubernetesClient its =
        new KubernetesClientBuilder().withConfig(Config.fromKubeconfig(reader.yaml())).build()) {
      assertThrows(
          KubernetesClientException.class,
          () -> its.configMaps().inNamespace(namespace).withName("a").get());
    }
    await().atMost(SOON).until(() -> server.requestsOf(user).count() == 1);
    Requests.Request request = server.requestsOf(user).with("get").all().getFirst();
    assertEquals("configmaps", request.resource());
    assertEquals("a", request.name());
    assertEquals(namespace, request.namespace());
    assertEquals(403, request.code());
    assertEquals(0, server.requestsOf(user).writes().count());
  }

  @Test
  void theWayToTheServerCanBeCutAndRestored() throws Exception {
    ApiServer server = ApiServer.shared();
    try (InterruptibleProxy proxy = new InterruptibleProxy(server.port())) {
      Kubeconfig through = server.admin().by("https://127.0.0.1:" + proxy.port());
      assertEquals(0, server.kubectl(through, "get", "npt", "-A").code());
      try (Socket open = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
        await().atMost(SOON).until(() -> proxy.connections() == 1);
        proxy.cut();
        assertEquals(-1, open.getInputStream().read());
      }
      assertThrows(
          ConnectException.class,
          () -> new Socket(InetAddress.getLoopbackAddress(), proxy.port()).close());
      assertFalse(server.kubectl(through, "get", "npt", "-A").code() == 0);
      proxy.restore();
      assertEquals(0, server.kubectl(through, "get", "npt", "-A").code());
    }
  }

  @Test
  void aProgramIsAwaitedStoppedAndKilled() throws Exception {
    ApiServer server = ApiServer.shared();
    Path jar = StandIn.jar(server.folder());
    try (var program = OperatorProcess.start(jar, server, server.admin(), Map.of())) {
      program.awaitReady();
      assertTrue(program.output().startsWith("configured by " + server.folder()));
      assertEquals(143, program.stop());
    }
    try (var program = OperatorProcess.start(jar, server, server.admin(), Map.of())) {
      program.awaitReady().kill();
      assertFalse(program.isAlive());
    }
    try (var program =
        OperatorProcess.start(jar, server, server.admin(), Map.of("QUARKUS_HTTP_PORT", "none"))) {
      AssertionError failure = assertThrows(AssertionError.class, program::awaitReady);
      String message = String.valueOf(failure.getMessage());
      assertTrue(message.contains("NumberFormatException"), message);
    }
  }
}
