package dev.nodepass.operator.kinds;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.javaoperatorsdk.operator.processing.GroupVersionKind;
import java.util.Arrays;

/**
 * A kind of resource that the operator applies and watches. Key Secrets are none: they are only
 * created and deleted, never read.
 */
public enum OwnedKind {
  SERVICE_ACCOUNT(ServiceAccount.class, "", "v1", "ServiceAccount", "serviceaccounts", false),
  NETWORK_POLICY(
      NetworkPolicy.class, "networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", false),
  SERVICE(Service.class, "", "v1", "Service", "services", false),
  DEPLOYMENT(Deployment.class, "apps", "v1", "Deployment", "deployments", false),
  DISRUPTION_BUDGET(
      PodDisruptionBudget.class,
      "policy",
      "v1",
      "PodDisruptionBudget",
      "poddisruptionbudgets",
      false),
  /** Of cert-manager. */
  CERTIFICATE(
      GenericKubernetesResource.class,
      "cert-manager.io",
      "v1",
      "Certificate",
      "certificates",
      true),
  /** Of the Prometheus Operator. */
  POD_MONITOR(
      GenericKubernetesResource.class,
      "monitoring.coreos.com",
      "v1",
      "PodMonitor",
      "podmonitors",
      true);

  private final Class<? extends HasMetadata> type;
  private final String group;
  private final String version;
  private final String kind;
  private final String plural;
  private final boolean optional;

  OwnedKind(
      Class<? extends HasMetadata> type,
      String group,
      String version,
      String kind,
      String plural,
      boolean optional) {
    this.type = type;
    this.group = group;
    this.version = version;
    this.kind = kind;
    this.plural = plural;
    this.optional = optional;
  }

  /** The kind of a planned resource. */
  public static OwnedKind of(HasMetadata resource) {
    return Arrays.stream(values())
        .filter(k -> k.kind.equals(resource.getKind()))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no tunnel owns a " + resource.getKind()));
  }

  /** The type by which it is read. */
  public Class<? extends HasMetadata> type() {
    return type;
  }

  /** Its API group; empty for the core. */
  public String group() {
    return group;
  }

  /** The name of its kind, as in manifests. */
  public String kind() {
    return kind;
  }

  /** The name of its kind, as in paths and roles. */
  public String plural() {
    return plural;
  }

  /** True when a cluster may lack its API. */
  public boolean optional() {
    return optional;
  }

  /** Group and version, as in manifests. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  GroupVersionKind groupVersionKind() {
    return new GroupVersionKind(group, version, kind);
  }
}
