package dev.nodepass.e2e;

import static org.awaitility.Awaitility.await;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.TunnelCondition;
import dev.nodepass.crds.TunnelStatus;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.EndpointAddress;
import io.fabric8.kubernetes.api.model.Endpoints;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The namespace "default" of the cluster of KUBECONFIG. */
final class Cluster implements AutoCloseable {
  static final String NAMESPACE = "default";
  static final Duration SOON = Duration.ofMinutes(2);

  private final KubernetesClient client = new KubernetesClientBuilder().build();

  KubernetesClient client() {
    return client;
  }

  NodePassTunnel tunnel(String name) {
    return client.resources(NodePassTunnel.class).inNamespace(NAMESPACE).withName(name).get();
  }

  void patch(String name, String json) {
    Shell.run("kubectl patch npt " + name + " --type=merge -p '" + json + "'").text();
  }

  private Optional<TunnelCondition> condition(String name, String type) {
    NodePassTunnel tunnel = tunnel(name);
    TunnelStatus status = tunnel == null ? null : tunnel.getStatus();
    Long generation = tunnel == null ? null : tunnel.getMetadata().getGeneration();
    return status == null || !Objects.equals(generation, status.observedGeneration())
        ? Optional.empty()
        : status.conditions().stream().filter(c -> c.type().equals(type)).findFirst();
  }

  /** Waits until a condition of the newest generation is so, and returns its message. */
  String awaitCondition(String name, String type, String truth, String reason) {
    String wanted = truth + " " + reason;
    await(name + ": " + type + "=" + wanted)
        .atMost(SOON)
        .until(
            () -> condition(name, type).map(c -> c.status() + " " + c.reason()).orElse("none"),
            wanted::equals);
    return condition(name, type).map(TunnelCondition::message).orElse("");
  }

  /** Waits until traffic passes through all replicas and none is exchanged any more. */
  void awaitSettled(String name, int replicas) {
    awaitCondition(name, "Ready", "True", "TrafficPasses");
    awaitCondition(name, "Progressing", "False", "Complete");
    String all = replicas + "/" + replicas;
    await(name + " " + all)
        .atMost(SOON)
        .until(
            () -> {
              TunnelStatus status = tunnel(name).getStatus();
              return status != null && all.equals(status.ready());
            });
  }

  List<Pod> pods(String tunnel) {
    return client
        .pods()
        .inNamespace(NAMESPACE)
        .withLabel("app.kubernetes.io/instance", tunnel)
        .list()
        .getItems();
  }

  private Stream<Pod> operatorPods() {
    return client
        .pods()
        .inNamespace("nodepass-system")
        .withLabel("app.kubernetes.io/name", "nodepass-operator")
        .list()
        .getItems()
        .stream()
        .filter(p -> p.getMetadata().getDeletionTimestamp() == null);
  }

  /** The names of the operator's pods, those that are going left out. */
  List<String> operators() {
    return operatorPods().map(p -> p.getMetadata().getName()).toList();
  }

  /** How often the operator's containers were started anew. */
  int operatorRestarts() {
    return operatorPods().mapToInt(Cluster::restarts).sum();
  }

  private static int restarts(Pod pod) {
    return pod.getStatus().getContainerStatuses().stream()
        .mapToInt(ContainerStatus::getRestartCount)
        .sum();
  }

  /** How many tunnels of a namespace have a condition with that reason. */
  long saying(String namespace, String reason) {
    return client.resources(NodePassTunnel.class).inNamespace(namespace).list().getItems().stream()
        .map(NodePassTunnel::getStatus)
        .filter(s -> s != null && s.conditions().stream().anyMatch(c -> reason.equals(c.reason())))
        .count();
  }

  /** Which pods a tunnel has, those that are going left out. */
  Set<String> uids(String tunnel) {
    Set<String> uids = new HashSet<>();
    for (Pod pod : pods(tunnel)) {
      if (pod.getMetadata().getDeletionTimestamp() == null) {
        uids.add(pod.getMetadata().getUid());
      }
    }
    return uids;
  }

  /** How often the containers of a pod were started anew. */
  int restarts(String pod) {
    return restarts(client.pods().inNamespace(NAMESPACE).withName(pod).get());
  }

  /** What was said of a pod: "reason: message". */
  List<String> events(String pod) {
    return client
        .v1()
        .events()
        .inNamespace(NAMESPACE)
        .withField("involvedObject.name", pod)
        .list()
        .getItems()
        .stream()
        .map(e -> e.getReason() + ": " + e.getMessage())
        .toList();
  }

  String address(String service) {
    return client
        .services()
        .inNamespace(NAMESPACE)
        .withName(service)
        .get()
        .getSpec()
        .getClusterIP();
  }

  /** To how many pods a Service leads. */
  int endpoints(String service) {
    Endpoints endpoints = client.endpoints().inNamespace(NAMESPACE).withName(service).get();
    return endpoints == null
        ? 0
        : endpoints.getSubsets().stream()
            .mapToInt(
                s -> {
                  List<EndpointAddress> addresses = s.getAddresses();
                  return addresses == null ? 0 : addresses.size();
                })
            .sum();
  }

  /**
   * Plays the load balancer that this cluster lacks: the address is one that the machine reaches.
   */
  void balance(String service) {
    await(service)
        .atMost(SOON)
        .until(
            () ->
                client.services().inNamespace(NAMESPACE).withName(service).get() != null
                    && address(service) != null);
    client
        .services()
        .inNamespace(NAMESPACE)
        .withName(service)
        .editStatus(
            s ->
                s.edit()
                    .editOrNewStatus()
                    .withNewLoadBalancer()
                    .addNewIngress()
                    .withIp(s.getSpec().getClusterIP())
                    .endIngress()
                    .endLoadBalancer()
                    .endStatus()
                    .build());
  }

  @Override
  public void close() {
    client.close();
  }
}
