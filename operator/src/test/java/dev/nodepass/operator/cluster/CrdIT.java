package dev.nodepass.operator.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.TunnelSpec;
import dev.nodepass.operator.cluster.ApiServer.Outcome;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The resource NodePassTunnel as an API server has it: no operator runs. */
class CrdIT {
  private static final String SPECS = "../crds/src/test/resources/specs/";
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static String namespace = "";

  @BeforeAll
  static void start() {
    namespace = ApiServer.shared().namespace("crd");
  }

  private static KubernetesClient client() {
    return ApiServer.shared().client();
  }

  /** The YAML that a user would write. */
  private static String tunnel(String name, String spec) {
    return """
    apiVersion: nodepass.dev/v1alpha1
    kind: NodePassTunnel
    metadata: {name: %s, namespace: %s}
    spec: %s
    """
        .formatted(name, namespace, spec);
  }

  private static String newName() {
    return "t" + NAMES.incrementAndGet();
  }

  private static GenericKubernetesResource create(String spec) {
    GenericKubernetesResource resource =
        Serialization.unmarshal(tunnel(newName(), spec), GenericKubernetesResource.class);
    return client().resource(resource).create();
  }

  private static Outcome kubectl(String... arguments) {
    return ApiServer.shared().kubectl(arguments);
  }

  private static Outcome apply(String yaml) {
    return kubectl("apply", "--validate=strict", "-f", ApiServer.shared().file(yaml).toString());
  }

  private static void assertRefused(String message, Outcome outcome) {
    assertNotEquals(0, outcome.code(), outcome.output());
    assertTrue(outcome.output().contains(message), outcome.output());
  }

  private static void applied(String name, String spec) {
    Outcome outcome = apply(tunnel(name, spec));
    assertEquals(0, outcome.code(), outcome.output());
  }

  @ParameterizedTest
  @CsvFileSource(files = SPECS + "accepted.csv", delimiter = '|')
  void whatFitsIsTaken(String spec) {
    create(spec);
  }

  @ParameterizedTest
  @CsvFileSource(files = SPECS + "refused.csv", delimiter = '|')
  void whatDoesNotFitIsRefusedInWords(String spec, String message) {
    KubernetesClientException refusal =
        assertThrows(KubernetesClientException.class, () -> create(spec));
    assertEquals(422, refusal.getCode());
    List<String> causes =
        refusal.getStatus().getDetails().getCauses().stream().map(c -> c.getMessage()).toList();
    assertTrue(
        causes.stream().anyMatch(c -> c.contains(": " + message)),
        message + " is not in " + causes);
  }

  /** Beyond the rules: what only an API server looks at, in the words that a user gets to read. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{role: Server, listen: {port: 1}, listn: {}} | unknown field \"spec.listn\"",
        "{role: Server, listen: {port: 1, prot: 2}} | unknown field \"spec.listen.prot\"",
        "{role: Both} | spec.role: Unsupported value: \"Both\": supported values: \"Client\", \"Server\"",
        "{listen: {port: 1}} | spec.role: Required value",
        "{role: Server, listen: {port: web}} | spec.listen.port in body must be of type integer",
        "{role: Server, listen: {port: 70000}} | less than or equal to 65535",
        "{role: Server, listen: {port: 0}} | greater than or equal to 1",
        "{role: Server, listen: {port: 1}, protocols: []} | should have at least 1 items",
        "{role: Server, listen: {port: 1}, protocols: [TCP, TCP]} | spec.protocols[1]: Duplicate value",
        "{role: Server, listen: {port: 1}, protocols: [SCTP]} | Unsupported value: \"SCTP\"",
        "{role: Server, listen: {port: 1}, timeouts: {drain: 1 day}} | spec.timeouts.drain in body should match",
        "{role: Server, listen: {port: 1}, replicas: -1} | greater than or equal to 0",
        "{role: Server, listen: {port: 1}, pod: {env: [{name: A}, {name: A}]}} | spec.pod.env[1]: Duplicate value",
        "{role: Server, listen: {port: 1}, pod: {env: [{value: a}]}} | spec.pod.env[0].name: Required value",
        "{role: Server, listen: {port: 1}, pod: {imagePullSecrets: [{name: a}, {name: a}]}} | spec.pod.imagePullSecrets[1]: Duplicate value",
        "{role: Server, listen: {port: 1}, pod: {imagePullSecrets: [{}]}} | spec.pod.imagePullSecrets[0].name: Required value",
        "{role: Server, listen: {port: 1}, pod: {topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b}, {topologyKey: a, whenUnsatisfiable: b}]}} | spec.pod.topologySpreadConstraints[1]: Duplicate value",
        "{role: Server, listen: {port: 1}, pod: {topologySpreadConstraints: [{topologyKey: a}]}} | whenUnsatisfiable: Required value",
        "{role: Server, listen: {port: 1}, resources: {claims: [{name: a}, {name: a}]}} | spec.resources.claims[1]: Duplicate value",
        "{role: Server, listen: {port: 1}, auth: {secret: {name: s, entries: [a, a]}}} | spec.auth.secret.entries[1]: Duplicate value",
        "{role: Server, listen: {port: 1}, service: {hostname: \"a'; b\"}} | spec.service.hostname in body should match",
        "{role: Server, listen: {port: 1}, service: {hostname: a@b}} | spec.service.hostname in body should match",
        "{role: Server, listen: {port: 1}, service: {hostname: \"a:1/b\"}} | spec.service.hostname in body should match",
      })
  void whatOnlyAServerSeesIsRefused(String spec, String message) {
    Outcome outcome = apply(tunnel(newName(), spec));
    assertRefused(message, outcome);
  }

  /**
   * The operator reads all tunnels at once, as Java types: one that it cannot read would keep it
   * from all of them. So such a one must not come in. LONG stands for a very long name.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "resources: {limits: {cpu: ''}}",
        "resources: {limits: {cpu: abc}}",
        "resources: {requests: {cpu: 1e3m}}",
        "resources: {requests: {cpu: 1e3.5}}",
        "resources: {limits: {cpu: '-1'}}",
        "resources: {limits: {cpu: -1}}",
        "resources: {limits: {cpu: 1.5}}",
        "resources: {limits: {cpu: true}}",
        "resources: {limits: {cpu: {a: 1}}}",
        "resources: {limits: {cpu: 99999999999999999999}}",
        "resources: {limits: {LONG: 1}}",
        "pod: {env: [{name: A, valueFrom: {resourceFieldRef: {resource: r, divisor: ''}}}]}",
        "pod: {env: [{name: A, valueFrom: {resourceFieldRef: {resource: r, divisor: x}}}]}",
        "pod: {env: [null]}",
        "pod: {env: [{name: A, value: 1}]}",
        "pod: {labels: {LONG: a}}",
        "pod: {annotations: {LONG: a}}",
        "pod: {nodeSelector: {LONG: a}}",
        "pod: {tolerations: [{tolerationSeconds: 9223372036854775808}]}",
        "pod: {tolerations: [{tolerationSeconds: 1.5}]}",
        "pod: {tolerations: [null]}",
        "pod: {topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b, maxSkew: 2147483648}]}",
        "pod: {topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b, minDomains: 1e20}]}",
        "pod: {topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b, labelSelector: {matchLabels: {LONG: a}}}]}",
        "pod: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 2147483648}]}}}",
        "pod: {affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {matchLabels: {LONG: a}}}]}}}",
        "networkPolicy: {usersFrom: [null]}",
        "networkPolicy: {usersFrom: [{podSelector: {matchLabels: {LONG: a}}}]}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: 0}]}]}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: 2147483648}]}]}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: ''}]}]}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: a b}]}]}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: 1.5}]}]}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: 1, endPort: 2147483648}]}]}",
        "networkPolicy: {restrictEgress: true, egress: [{to: [{namespaceSelector: {matchLabels: {LONG: a}}}]}]}",
        "monitoring: {labels: {LONG: a}}",
        "service: {annotations: {LONG: a}}",
        "service: {nodePort: 99999999999}",
        "replicas: 2147483648",
        "replicas: 1.5",
        "replicas: 1.0",
      })
  void whatTheOperatorCannotReadIsRefused(String field) {
    Outcome outcome = sent(newName(), field);
    assertRefused("is invalid", outcome);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resources: {limits: {cpu: 1e3, memory: 0.5Gi}, requests: {cpu: 1000m, memory: '1.'}}",
        "resources: {limits: {cpu: '1e3', memory: .5G}, requests: {cpu: 2, memory: 1E}}",
        "resources: {limits: {cpu: 0, memory: 9223372036854775807}, requests: {cpu: 2.0}}",
        "resources: {limits: null}",
        "resources: {limits: {cpu: null}}",
        "pod: {labels: {a: null}, nodeSelector: {a: null}}",
        "pod: {env: [{name: A, valueFrom: {resourceFieldRef: {resource: r, divisor: 1Mi}}}]}",
        "pod: {env: [{name: A, valueFrom: {resourceFieldRef: {resource: r, divisor: 1}}}]}",
        "pod: {env: null, labels: null, affinity: null}",
        "pod: {tolerations: [{tolerationSeconds: 9223372036854775807}, {tolerationSeconds: -1}]}",
        "pod: {tolerations: [{key: a}, {key: a}]}",
        "pod: {topologySpreadConstraints: [{topologyKey: a, whenUnsatisfiable: b, maxSkew: 2147483647}]}",
        "pod: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 2147483647}]}}}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: 80}, {port: dns-tcp, protocol: TCP}]}]}",
        "networkPolicy: {restrictEgress: true, egress: [{ports: [{port: 80.0, endPort: 1e4}]}]}",
        "networkPolicy: {usersFrom: [{}, {ipBlock: {}}]}",
        "tls: null, auth: null",
      })
  void whatIsTakenTheOperatorCanRead(String field) {
    String name = newName();
    Outcome outcome = sent(name, field);
    assertEquals(0, outcome.code(), outcome.output());
    TunnelSpec spec =
        client()
            .resources(NodePassTunnel.class)
            .inNamespace(namespace)
            .withName(name)
            .get()
            .getSpec();
    if (spec.resources() != null) {
      Stream.of(spec.resources().getLimits(), spec.resources().getRequests())
          .filter(Objects::nonNull)
          .flatMap(amounts -> amounts.values().stream())
          .forEach(Quantity::getNumericalAmount);
    }
  }

  /** As it is, past kubectl's own reading of numbers and the client's. */
  private static Outcome sent(String name, String field) {
    String spec = "{role: Server, listen: {port: 1}, %s}".formatted(field);
    Map<?, ?> tunnel = Serialization.unmarshal(tunnel(name, spec), Map.class);
    String json =
        new ObjectMapper().valueToTree(tunnel).toString().replace("LONG", "k".repeat(60_000));
    return kubectl(
        "create",
        "--raw",
        "/apis/nodepass.dev/v1alpha1/namespaces/" + namespace + "/nodepasstunnels",
        "-f",
        ApiServer.shared().file(json).toString());
  }

  @Test
  void aTunnelNeedsASpec() {
    Outcome outcome =
        apply(
            """
            apiVersion: nodepass.dev/v1alpha1
            kind: NodePassTunnel
            metadata: {name: bare, namespace: %s}
            """
                .formatted(namespace));
    assertTrue(outcome.output().contains("spec: Required value"), outcome.output());
  }

  @Test
  void theRoleStays() {
    String name = newName();
    applied(name, "{role: Server, listen: {port: 1}}");
    Outcome outcome =
        apply(tunnel(name, "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}}"));
    assertRefused("role cannot be changed: delete this tunnel and make another one", outcome);
  }

  @Test
  void theClassOfALoadBalancerStays() {
    String name = newName();
    applied(name, "{role: Server, listen: {port: 1}}");
    Outcome outcome =
        apply(tunnel(name, "{role: Server, listen: {port: 1}, service: {loadBalancerClass: a}}"));
    assertRefused(
        "service.loadBalancerClass cannot be changed while type is LoadBalancer", outcome);
    applied(name, "{role: Server, listen: {port: 1}, service: {type: ClusterIP}}");
    applied(name, "{role: Server, listen: {port: 1}, service: {loadBalancerClass: a}}");
  }

  @Test
  void aServerOfAFewWordsGetsItsDefaults() {
    assertSpec(
        """
        it:
          imagePullPolicy: IfNotPresent
          legacy: false
          listen: {port: 5432}
          mode: Reverse
          protocols: [TCP]
          replicas: 1
          role: Server
          suspend: false
        """,
        create("{role: Server, listen: {port: 5432}}"));
  }

  @Test
  void aClientOfAFewWordsGetsItsDefaults() {
    assertSpec(
        """
        it:
          forwardTo: {port: 80, service: web}
          imagePullPolicy: IfNotPresent
          legacy: false
          mode: Reverse
          protocols: [TCP]
          replicas: 1
          role: Client
          server: {host: a, others: [], port: 10101}
          suspend: false
        """,
        create("{role: Client, server: {host: a}, forwardTo: {service: web, port: 80}}"));
  }

  private static void assertSpec(String expected, GenericKubernetesResource actual) {
    assertEquals(
        Serialization.asYaml(Serialization.unmarshal(expected, Map.class).get("it")),
        Serialization.asYaml(actual.getAdditionalProperties().get("spec")));
  }

  @Test
  void scaleSetsReplicas() {
    String name = newName();
    applied(name, "{role: Server, listen: {port: 1}}");
    Outcome outcome = kubectl("scale", "npt/" + name, "--replicas=2", "-n", namespace);
    assertEquals(0, outcome.code(), outcome.output());
    assertEquals("2", field(name, "{.spec.replicas}"));
    Outcome tooMany = kubectl("scale", "npt/" + name, "--replicas=33", "-n", namespace);
    assertTrue(tooMany.output().contains("replicas must be at most 32"), tooMany.output());
  }

  private static String field(String name, String path) {
    return kubectl("get", "npt", name, "-n", namespace, "-o", "jsonpath=" + path).output();
  }

  @Test
  void specAndStatusAreWrittenApart() {
    GenericKubernetesResource made = create("{role: Server, listen: {port: 1}}");
    made.setAdditionalProperty("status", Map.of("endpoint", "a:1"));
    GenericKubernetesResource updated = client().resource(made).update();
    assertNull(updated.getAdditionalProperties().get("status"));

    updated.setAdditionalProperty("status", Map.of("endpoint", "a:1"));
    updated.setAdditionalProperty("spec", Map.of("role", "Server", "listen", Map.of("port", 2)));
    GenericKubernetesResource after = client().resource(updated).updateStatus();
    assertEquals(Map.of("endpoint", "a:1"), after.getAdditionalProperties().get("status"));
    assertEquals(1, after.<Integer>get("spec", "listen", "port"));
    assertEquals(made.getMetadata().getGeneration(), after.getMetadata().getGeneration());
  }

  @Test
  void columnsShowWhatMatters() {
    String name = newName();
    applied(name, "{role: Server, listen: {port: 1}}");
    GenericKubernetesResource tunnel =
        client()
            .genericKubernetesResources("nodepass.dev/v1alpha1", "NodePassTunnel")
            .inNamespace(namespace)
            .withName(name)
            .get();
    tunnel.setAdditionalProperty(
        "status",
        Map.of(
            "endpoint",
            "203.0.113.7:10101",
            "ready",
            "1/1",
            "target",
            "Service/db:1",
            "conditions",
            List.of(
                Map.of(
                    "type",
                    "Ready",
                    "status",
                    "True",
                    "reason",
                    "TrafficPasses",
                    "message",
                    "well",
                    "lastTransitionTime",
                    "2026-01-01T12:00:00Z"))));
    client().resource(tunnel).updateStatus();
    assertEquals(
        List.of("NAME", "ROLE", "ENDPOINT", "READY", "REPLICAS", "AGE"),
        shown(name, "").getFirst());
    assertEquals(
        List.of(name, "Server", "203.0.113.7:10101", "True", "1/1"),
        shown(name, "").getLast().subList(0, 5));
    assertEquals(
        List.of(
            "NAME", "ROLE", "ENDPOINT", "READY", "REPLICAS", "AGE", "MODE", "TARGET", "MESSAGE"),
        shown(name, "wide").getFirst());
    assertEquals(
        List.of("Reverse", "Service/db:1", "well"), shown(name, "wide").getLast().subList(6, 9));
  }

  /** The lines of kubectl get, each as its columns. */
  private static List<List<String>> shown(String name, String format) {
    return kubectl("get", "npt", name, "-n", namespace, "-o", format)
        .output()
        .lines()
        .map(line -> Arrays.asList(line.trim().split("\\s+")))
        .toList();
  }

  @Test
  void explainTellsWhatAFieldIsFor() {
    String told = kubectl("explain", "npt.spec.listen.port").output();
    assertTrue(told.contains("DESCRIPTION"), told);
  }
}
