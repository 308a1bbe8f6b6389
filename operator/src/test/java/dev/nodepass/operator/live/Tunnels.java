package dev.nodepass.operator.live;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.TunnelCondition;
import dev.nodepass.crds.TunnelStatus;
import dev.nodepass.operator.cluster.ApiServer;
import dev.nodepass.operator.cluster.FakeKubelet;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What a person sees and does in a namespace with tunnels. */
record Tunnels(ApiServer server, String namespace) {
  static final Duration SOON = Duration.ofSeconds(45);

  /** In a new namespace. */
  static Tunnels inNew(String prefix) {
    ApiServer server = ApiServer.shared();
    return new Tunnels(server, server.namespace(prefix));
  }

  KubernetesClient client() {
    return server.client();
  }

  /** As {@code kubectl apply} does it. */
  void apply(String name, String spec) {
    String yaml =
        """
        apiVersion: nodepass.dev/v1alpha1
        kind: NodePassTunnel
        metadata: {name: %s, namespace: %s}
        spec:
        """
                .formatted(name, namespace)
            + spec.strip().indent(2);
    ApiServer.Outcome applied = server.kubectl("apply", "-f", server.file(yaml).toString());
    assertEquals(0, applied.code(), applied.output());
  }

  /** A server whose users come by TCP. */
  void applyServer(String name) {
    apply(name, "role: Server\nlisten: {port: 5432}");
  }

  /** As {@code kubectl patch --type=merge} does it. */
  void patch(String name, String json) {
    ApiServer.Outcome patched =
        server.kubectl("patch", "npt", name, "-n", namespace, "--type=merge", "-p", json);
    assertEquals(0, patched.code(), patched.output());
  }

  NodePassTunnel get(String name) {
    return client().resources(NodePassTunnel.class).inNamespace(namespace).withName(name).get();
  }

  void delete(String name) {
    client().resources(NodePassTunnel.class).inNamespace(namespace).withName(name).delete();
  }

  /** What was found; of nothing at all, if nothing was found yet. */
  TunnelStatus status(String name) {
    NodePassTunnel tunnel = get(name);
    TunnelStatus status = tunnel == null ? null : tunnel.getStatus();
    return status == null ? TunnelStatus.withKeys(null, List.of()) : status;
  }

  private @Nullable TunnelCondition condition(String name, String type) {
    return status(name).conditions().stream()
        .filter(c -> c.type().equals(type))
        .findFirst()
        .orElse(null);
  }

  /** When a condition changed last. */
  String since(String name, String type) {
    TunnelCondition condition = condition(name, type);
    return condition == null ? "never" : condition.lastTransitionTime();
  }

  /** Waits until a condition is so, and returns its message. */
  String awaitCondition(String name, String type, String truth, String reason) {
    String wanted = type + "=" + truth + " " + reason;
    await(wanted).atMost(SOON).until(() -> said(condition(name, type)), wanted::equals);
    TunnelCondition condition = condition(name, type);
    return condition == null ? "" : condition.message();
  }

  private static String said(@Nullable TunnelCondition condition) {
    return condition == null
        ? "no such condition"
        : condition.type() + "=" + condition.status() + " " + condition.reason();
  }

  Deployment deployment(String name) {
    return client().apps().deployments().inNamespace(namespace).withName(name + "-tunnel").get();
  }

  Service service(String name) {
    return client().services().inNamespace(namespace).withName(name).get();
  }

  /** As somebody else would change it. */
  void editDeployment(String name, UnaryOperator<Deployment> change) {
    client().apps().deployments().inNamespace(namespace).withName(name + "-tunnel").edit(change);
  }

  /** As somebody else would change it. */
  void editService(String name, UnaryOperator<Service> change) {
    client().services().inNamespace(namespace).withName(name).edit(change);
  }

  List<Pod> pods() {
    return client().pods().inNamespace(namespace).list().getItems();
  }

  /** Plays the pods of a tunnel. */
  FakeKubelet.Cue pods(String name) {
    return FakeKubelet.shared().tunnel(namespace, name);
  }

  /** Kind and name of all that a tunnel could own here, with the version of each. */
  TreeMap<String, String> children() {
    TreeMap<String, String> found = new TreeMap<>();
    add(found, client().apps().deployments().inNamespace(namespace).list().getItems());
    add(found, client().services().inNamespace(namespace).list().getItems());
    add(found, client().secrets().inNamespace(namespace).list().getItems());
    add(found, client().serviceAccounts().inNamespace(namespace).list().getItems());
    add(found, client().network().v1().networkPolicies().inNamespace(namespace).list().getItems());
    add(
        found,
        client().policy().v1().podDisruptionBudget().inNamespace(namespace).list().getItems());
    found.remove("ServiceAccount/default");
    return found;
  }

  private static void add(TreeMap<String, String> found, List<? extends HasMetadata> items) {
    items.forEach(
        r ->
            found.put(
                r.getKind() + "/" + r.getMetadata().getName(),
                // Deployments change by their status alone; their generation tells of the spec.
                r instanceof Deployment
                    ? "generation " + r.getMetadata().getGeneration()
                    : r.getMetadata().getResourceVersion()));
  }

  void awaitChildren(String... names) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertEquals(List.of(names), List.copyOf(children().keySet())));
  }

  /** Gives the Service for clients an address, as a load balancer does. */
  void balance(String name, String address) {
    client()
        .services()
        .inNamespace(namespace)
        .withName(name + "-tunnel")
        .editStatus(
            s ->
                s.edit()
                    .editOrNewStatus()
                    .withNewLoadBalancer()
                    .addNewIngress()
                    .withIp(address)
                    .endIngress()
                    .endLoadBalancer()
                    .endStatus()
                    .build());
  }
}
