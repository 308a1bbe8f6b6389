package dev.nodepass.operator.live;

import static dev.nodepass.operator.live.Tunnels.SOON;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.operator.cluster.ApiServer;
import dev.nodepass.operator.cluster.ControllerManager;
import dev.nodepass.operator.cluster.FakeKubelet;
import dev.nodepass.operator.cluster.OperatorProcess;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionBuilder;
import io.fabric8.kubernetes.client.dsl.base.CustomResourceDefinitionContext;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What stands in the operator's way is told, and nothing of others is touched. */
class ObstaclesIT {
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
    assertFalse(output.contains("\tat "), output);
  }

  @Test
  void aServiceOfSomebodyElseIsNotTakenOver() {
    Tunnels tunnels = Tunnels.inNew("taken");
    var foreign =
        tunnels
            .client()
            .resource(
                new ServiceBuilder()
                    .withNewMetadata()
                    .withNamespace(tunnels.namespace())
                    .withName("db")
                    .endMetadata()
                    .withNewSpec()
                    .addNewPort()
                    .withPort(5432)
                    .endPort()
                    .addToSelector("app", "postgres")
                    .endSpec()
                    .build())
            .create();
    tunnels.applyServer("db");
    String message = tunnels.awaitCondition("db", "Degraded", "True", "NameTaken");
    assertTrue(
        message.startsWith("Service/db belongs to someone else and was not touched"), message);
    tunnels.awaitCondition("db", "Ready", "False", "NameTaken");
    assertEquals(
        foreign.getMetadata().getResourceVersion(),
        tunnels.service("db").getMetadata().getResourceVersion());
    tunnels.awaitChildren("Service/db");
    tunnels.client().resource(foreign).delete();
    tunnels.awaitCondition("db", "Degraded", "False", "AsExpected");
    tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
  }

  /** It can be neither read nor changed, so the other slot is used, and only then is it trouble. */
  @Test
  void aSecretOfSomebodyElseIsNotTakenOver() {
    Tunnels tunnels = Tunnels.inNew("secret");
    secret(tunnels, "db-key-a");
    tunnels.applyServer("db");
    tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
    assertEquals("db-key-b", tunnels.status("db").joinSecret());
    secret(tunnels, "web-key-a");
    secret(tunnels, "web-key-b");
    tunnels.applyServer("web");
    String message = tunnels.awaitCondition("web", "Degraded", "True", "NameTaken");
    assertTrue(
        message.startsWith("Secret/web-key-a, Secret/web-key-b belongs to someone else"), message);
    assertEquals("mine", data(tunnels, "web-key-a"));
    tunnels.client().secrets().inNamespace(tunnels.namespace()).withName("web-key-a").delete();
    await().atMost(SOON).until(() -> "web-key-a".equals(tunnels.status("web").joinSecret()));
    tunnels.delete("db");
    tunnels.delete("web");
    await().atMost(SOON).until(() -> tunnels.deployment("web") == null);
    assertEquals("mine", data(tunnels, "db-key-a"));
    assertEquals("mine", data(tunnels, "web-key-b"));
  }

  private static void secret(Tunnels tunnels, String name) {
    tunnels
        .client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withNamespace(tunnels.namespace())
                .withName(name)
                .endMetadata()
                .addToStringData("of", "mine")
                .build())
        .create();
  }

  private static String data(Tunnels tunnels, String name) {
    var secret = tunnels.client().secrets().inNamespace(tunnels.namespace()).withName(name).get();
    return new String(
        Base64.getDecoder().decode(secret.getData().get("of")), StandardCharsets.UTF_8);
  }

  /** A load balancer's Service may take minutes to go. */
  @Test
  void whatADeletedTunnelLeavesIsWaitedForAndTold() {
    Tunnels tunnels = Tunnels.inNew("leftover");
    tunnels.applyServer("db");
    tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
    var service =
        tunnels.client().services().inNamespace(tunnels.namespace()).withName("db-tunnel");
    service.edit(
        s ->
            s.edit()
                .editMetadata()
                .addToFinalizers("cloud.example/balancer")
                .endMetadata()
                .build());
    tunnels.delete("db");
    tunnels.applyServer("db");
    String message = tunnels.awaitCondition("db", "Ready", "False", "WaitingForDeletion");
    assertTrue(message.startsWith("Service/db-tunnel of a deleted tunnel of this name"), message);
    tunnels.awaitCondition("db", "Degraded", "False", "AsExpected");
    service.edit(s -> s.edit().editMetadata().withFinalizers().endMetadata().build());
    tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
    tunnels.awaitCondition("db", "Available", "False", "EndpointPending");
  }

  /** cert-manager's webhook is away: the rest of the tunnel is made all the same. */
  @Test
  void aResourceThatFailsDoesNotKeepTheRest() {
    Tunnels tunnels = Tunnels.inNew("fails");
    String hook =
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingWebhookConfiguration
        metadata: {name: away}
        webhooks:
        - name: away.example.com
          failurePolicy: Fail
          sideEffects: None
          timeoutSeconds: 1
          admissionReviewVersions: [v1]
          clientConfig: {url: "https://127.0.0.1:1/"}
          namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}
          rules: [{apiGroups: [networking.k8s.io], apiVersions: [v1], operations: ["*"], resources: [networkpolicies]}]
        """
            .formatted(tunnels.namespace());
    String file = ApiServer.shared().file(hook).toString();
    assertEquals(0, ApiServer.shared().kubectl("apply", "-f", file).code());
    try {
      tunnels.applyServer("db");
      String message = tunnels.awaitCondition("db", "Degraded", "True", "ApplyRefused");
      assertTrue(message.contains("NetworkPolicy/db-tunnel: "), message);
      assertTrue(message.contains("failed calling webhook"), message);
      assertTrue(tunnels.children().containsKey("Deployment/db-tunnel"));
    } finally {
      assertEquals(0, ApiServer.shared().kubectl("delete", "-f", file).code());
    }
    tunnels.awaitCondition("db", "Degraded", "False", "AsExpected");
    assertTrue(tunnels.children().containsKey("NetworkPolicy/db-tunnel"));
  }

  @Test
  void aMissingSecretIsNamedUntilItIsThere() {
    Tunnels tunnels = Tunnels.inNew("missing");
    tunnels.pods("db").crashLoop("no key in /etc/nodepass/keys");
    tunnels.apply("db", "role: Server\nlisten: {port: 5432}\nauth: {secret: {name: devices}}");
    String message = tunnels.awaitCondition("db", "Degraded", "True", "SecretMissing");
    assertEquals("the Secret devices is not in this namespace: create it", message);
    secret(tunnels, "devices");
    tunnels.awaitCondition("db", "Degraded", "True", "CrashLoopBackOff");
    tunnels.pods("db").sessions("site-a");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    assertEquals("devices", tunnels.status("db").joinSecret());
  }

  @Test
  void whatTheApiServerRefusesIsToldAndTheRestStands() {
    Tunnels tunnels = Tunnels.inNew("refused");
    tunnels.apply(
        "one", "role: Server\nlisten: {port: 1}\nservice: {type: NodePort, nodePort: 30777}");
    tunnels.awaitCondition("one", "Connected", "False", "WaitingForClient");
    tunnels.apply(
        "two", "role: Server\nlisten: {port: 1}\nservice: {type: NodePort, nodePort: 30777}");
    String message = tunnels.awaitCondition("two", "Degraded", "True", "ApplyRefused");
    assertTrue(message.contains("Service/two-tunnel: "), message);
    assertTrue(message.contains("provided port is already allocated"), message);
    assertTrue(tunnels.children().containsKey("Deployment/two-tunnel"));
    tunnels.patch("two", "{\"spec\":{\"service\":{\"nodePort\":30778}}}");
    tunnels.awaitCondition("two", "Degraded", "False", "AsExpected");
  }

  @Test
  void aQuotaIsToldInItsWords() {
    Tunnels tunnels = Tunnels.inNew("quota");
    quota(tunnels, "pods");
    tunnels.applyServer("db");
    String message = tunnels.awaitCondition("db", "Ready", "False", "Stalled");
    assertTrue(message.contains("exceeded quota: no-pods"), message);
  }

  @Test
  void aKeyThatMayNotBeMadeIsToldToo() {
    Tunnels tunnels = Tunnels.inNew("keyless");
    quota(tunnels, "secrets");
    tunnels.applyServer("db");
    String message = tunnels.awaitCondition("db", "Degraded", "True", "ApplyRefused");
    assertTrue(message.contains("the Secret for the key: "), message);
    assertTrue(message.contains("exceeded quota: no-secrets"), message);
    tunnels.client().resourceQuotas().inNamespace(tunnels.namespace()).delete();
    tunnels.awaitCondition("db", "Degraded", "False", "AsExpected");
    assertEquals("db-key-a", tunnels.status("db").joinSecret());
  }

  /** Allows none of a kind; the controller that would fill its status does not run here. */
  private static void quota(Tunnels tunnels, String kind) {
    Quantity none = new Quantity("0");
    tunnels
        .client()
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withNamespace(tunnels.namespace())
                .withName("no-" + kind)
                .endMetadata()
                .withNewSpec()
                .addToHard(kind, none)
                .endSpec()
                .build())
        .create();
    tunnels
        .client()
        .resourceQuotas()
        .inNamespace(tunnels.namespace())
        .withName("no-" + kind)
        .editStatus(
            q ->
                q.edit()
                    .withNewStatus()
                    .addToHard(kind, none)
                    .addToUsed(kind, none)
                    .endStatus()
                    .build());
  }

  @Test
  void anInvalidResourceIsToldAndNothingIsMade() {
    Tunnels tunnels = Tunnels.inNew("invalid");
    tunnels.apply("db", "role: Server\nlisten: {port: 5432}\nlimits: {allowUsers: [10.0.0.0/33]}");
    String message = tunnels.awaitCondition("db", "Degraded", "True", "Invalid");
    assertTrue(message.contains("spec.limits.allowUsers"), message);
    tunnels.awaitChildren();
    // A bad edit leaves what runs.
    tunnels.patch("db", "{\"spec\":{\"limits\":{\"allowUsers\":[\"10.0.0.0/8\"]}}}");
    tunnels.pods("db").sessions("site-a");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
    tunnels.patch("db", "{\"spec\":{\"limits\":{\"allowUsers\":[\"10.0.0.0/33\"]}}}");
    tunnels.awaitCondition("db", "Degraded", "True", "Invalid");
    tunnels.awaitCondition("db", "Ready", "True", "TrafficPasses");
  }

  /** PodMonitors and Certificates are made from when on the cluster has them. */
  @Test
  void optionalApisMayComeLater() {
    Tunnels tunnels = Tunnels.inNew("optional");
    tunnels.applyServer("db");
    tunnels.apply(
        "cert",
        """
        role: Server
        listen: {port: 5432}
        tls: {source: CertManager, issuerRef: {name: ca}}
        """);
    tunnels.awaitCondition("db", "Connected", "False", "WaitingForClient");
    String message = tunnels.awaitCondition("cert", "Ready", "False", "Invalid");
    assertTrue(message.contains("cert-manager, which is not installed in this cluster"), message);
    CustomResourceDefinition monitors = crd("monitoring.coreos.com", "PodMonitor", "podmonitors");
    CustomResourceDefinition certificates = crd("cert-manager.io", "Certificate", "certificates");
    try {
      ApiServer.shared().install(monitors);
      ApiServer.shared().install(certificates);
      await()
          .atMost(Duration.ofSeconds(100))
          .until(
              () ->
                  find(tunnels, monitors, "db-tunnel")
                      && find(tunnels, certificates, "cert-tunnel"));
      tunnels.awaitCondition("cert", "Connected", "False", "WaitingForClient");
      // Drift of these is repaired too.
      tunnels
          .client()
          .genericKubernetesResources(context(monitors))
          .inNamespace(tunnels.namespace())
          .withName("db-tunnel")
          .delete();
      await().atMost(SOON).until(() -> find(tunnels, monitors, "db-tunnel"));
      tunnels.patch("db", "{\"spec\":{\"monitoring\":{\"podMonitor\":false}}}");
      await().atMost(SOON).until(() -> !find(tunnels, monitors, "db-tunnel"));
      tunnels.delete("cert");
      await().atMost(SOON).until(() -> !find(tunnels, certificates, "cert-tunnel"));
    } finally {
      operator.close();
      ApiServer.shared().remove(monitors);
      ApiServer.shared().remove(certificates);
      operator = installation.operator().awaitReady();
    }
  }

  private static boolean find(Tunnels tunnels, CustomResourceDefinition crd, String name) {
    GenericKubernetesResource found =
        tunnels
            .client()
            .genericKubernetesResources(context(crd))
            .inNamespace(tunnels.namespace())
            .withName(name)
            .get();
    return found != null;
  }

  private static ResourceDefinitionContext context(CustomResourceDefinition crd) {
    return CustomResourceDefinitionContext.fromCrd(crd);
  }

  private static CustomResourceDefinition crd(String group, String kind, String plural) {
    return new CustomResourceDefinitionBuilder()
        .withNewMetadata()
        .withName(plural + "." + group)
        .endMetadata()
        .withNewSpec()
        .withGroup(group)
        .withScope("Namespaced")
        .withNewNames()
        .withKind(kind)
        .withPlural(plural)
        .endNames()
        .addNewVersion()
        .withName("v1")
        .withServed(true)
        .withStorage(true)
        .withNewSchema()
        .withNewOpenAPIV3Schema()
        .withType("object")
        .withXKubernetesPreserveUnknownFields(true)
        .endOpenAPIV3Schema()
        .endSchema()
        .endVersion()
        .endSpec()
        .build();
  }
}
