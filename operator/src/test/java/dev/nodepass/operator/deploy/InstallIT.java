package dev.nodepass.operator.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.cluster.ApiServer;
import dev.nodepass.operator.cluster.ControllerManager;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people install is taken by a real API server, and goes away without a trace. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class InstallIT {
  private static final String CHART = Deploy.path("helm/nodepass-operator").toString();

  @BeforeAll
  static void start() {
    ControllerManager.shared();
  }

  private static ApiServer server() {
    return ApiServer.shared();
  }

  static List<Path> samples() throws IOException {
    try (Stream<Path> files = Files.list(Deploy.path("samples"))) {
      return files.sorted().toList();
    }
  }

  private static void kubectl(String... arguments) {
    ApiServer.Outcome outcome = server().kubectl(arguments);
    assertEquals(0, outcome.code(), outcome.output());
  }

  private static Program.Outcome helm(String... arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--kubeconfig=" + server().admin().write(server().folder()));
    return Program.helm().run(all.toArray(String[]::new));
  }

  @ParameterizedTest
  @MethodSource("samples")
  @Order(1)
  void theApiServerTakesEverySample(Path sample) {
    String namespace = server().namespace("sample");
    kubectl("apply", "-f", sample.toString(), "-n", namespace, "--validate=strict");
    assertFalse(
        server()
            .client()
            .resources(NodePassTunnel.class)
            .inNamespace(namespace)
            .list()
            .getItems()
            .isEmpty());
  }

  /** Twice, as somebody does who is not sure; then it is gone, the tunnels not. */
  @Test
  @Order(2)
  void kubectlInstallsAndRemoves() {
    String file = Deploy.path("install.yaml").toString();
    String[] apply = {"apply", "--server-side", "--force-conflicts", "-f", file};
    kubectl(apply);
    kubectl(apply);
    Deployment operator = operator("nodepass-system");
    assertEquals(2, operator.getSpec().getReplicas());
    kubectl(
        "delete",
        "deployment,serviceaccount,role,rolebinding,pdb,networkpolicy",
        "-n",
        "nodepass-system",
        "-l",
        "app.kubernetes.io/name=nodepass-operator");
    kubectl(
        "delete",
        "clusterrole,clusterrolebinding",
        "-l",
        "app.kubernetes.io/name=nodepass-operator");
    assertNull(server().client().rbac().clusterRoles().withName("nodepass-operator").get());
  }

  @Test
  @Order(3)
  void helmInstallsUpgradesAndRemoves() throws Exception {
    // What kubectl installed is not helm's to take over.
    String namespace = server().namespace("helm");
    String own = "crds.install=false";
    helm("install", "nodepass", CHART, "-n", namespace, "--set", own).text();
    assertEquals(2, operator(namespace).getSpec().getReplicas());
    assertNotNull(server().client().rbac().clusterRoles().withName("nodepass-operator").get());

    helm(
            "upgrade",
            "nodepass",
            CHART,
            "-n",
            namespace,
            "--set",
            own,
            "--set",
            "replicas=1",
            "--set",
            "logging.level=debug")
        .text();
    Deployment upgraded = operator(namespace);
    assertEquals(1, upgraded.getSpec().getReplicas());
    assertTrue(
        upgraded.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream()
            .anyMatch(
                e -> e.getName().equals("NODEPASS_LOG_LEVEL") && e.getValue().equals("debug")));

    helm(
            "upgrade",
            "nodepass",
            CHART,
            "-n",
            namespace,
            "--set",
            own,
            "--set",
            "watchNamespaces={" + namespace + "}")
        .text();
    assertNull(server().client().rbac().clusterRoles().withName("nodepass-operator").get());
    assertNotNull(
        server()
            .client()
            .rbac()
            .roles()
            .inNamespace(namespace)
            .withName("nodepass-operator")
            .get());

    helm("uninstall", "nodepass", "-n", namespace).text();
    assertNull(operator(namespace));
    assertNull(
        server()
            .client()
            .serviceAccounts()
            .inNamespace(namespace)
            .withName("nodepass-operator")
            .get());
    assertNotNull(
        server()
            .client()
            .apiextensions()
            .v1()
            .customResourceDefinitions()
            .withName("nodepasstunnels.nodepass.dev")
            .get());
  }

  private static Deployment operator(String namespace) {
    return server()
        .client()
        .apps()
        .deployments()
        .inNamespace(namespace)
        .withName("nodepass-operator")
        .get();
  }
}
