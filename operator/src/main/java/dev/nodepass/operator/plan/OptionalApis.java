package dev.nodepass.operator.plan;

import dev.nodepass.crds.CertificateSource;
import dev.nodepass.crds.IssuerRef;
import dev.nodepass.crds.Monitoring;
import dev.nodepass.crds.Tls;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Resources of APIs that a cluster may lack: planned only where they were seen. */
final class OptionalApis {
  private final Tunnel tunnel;
  private final Surroundings surroundings;

  OptionalApis(Tunnel tunnel, Surroundings surroundings) {
    this.tunnel = tunnel;
    this.surroundings = surroundings;
  }

  /** Prometheus Operator: where to ask for metrics. */
  Optional<GenericKubernetesResource> podMonitor() {
    Monitoring monitoring = tunnel.spec().monitoringOrDefault();
    if (!surroundings.podMonitors() || !monitoring.podMonitor()) {
      return Optional.empty();
    }
    Map<String, Object> endpoint = new LinkedHashMap<>();
    endpoint.put("port", "management");
    endpoint.put("path", "/q/metrics");
    endpoint.put("interval", monitoring.interval());
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("selector", Map.of("matchLabels", tunnel.selector()));
    spec.put("podMetricsEndpoints", List.of(endpoint));
    return Optional.of(
        new GenericKubernetesResourceBuilder()
            .withApiVersion("monitoring.coreos.com/v1")
            .withKind("PodMonitor")
            .withMetadata(
                tunnel
                    .meta(tunnel.names().workload())
                    .addToLabels(Sorted.of(monitoring.labels()))
                    .build())
            .addToAdditionalProperties("spec", spec)
            .build());
  }

  /** cert-manager: a certificate, in a Secret that the pods mount. */
  Optional<GenericKubernetesResource> certificate() {
    Tls tls = tunnel.spec().tlsOrDefault();
    IssuerRef issuer = tls.issuerRef();
    if (!surroundings.certificates()
        || tls.source() != CertificateSource.CERT_MANAGER
        || issuer == null) {
      return Optional.empty();
    }
    Map<String, Object> issuerRef = new LinkedHashMap<>();
    issuerRef.put("name", issuer.name());
    issuerRef.put("kind", issuer.kind());
    issuerRef.put("group", issuer.group());
    Map<String, Object> privateKey = new LinkedHashMap<>();
    privateKey.put("algorithm", "ECDSA");
    privateKey.put("size", 256);
    // Clients may have pinned it.
    privateKey.put("rotationPolicy", "Never");
    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("secretName", tunnel.names().certificate());
    spec.put("issuerRef", issuerRef);
    spec.put("dnsNames", dnsNames(tls));
    spec.put("privateKey", privateKey);
    spec.put("usages", List.of(tunnel.isServer() ? "server auth" : "client auth"));
    return Optional.of(
        new GenericKubernetesResourceBuilder()
            .withApiVersion("cert-manager.io/v1")
            .withKind("Certificate")
            .withMetadata(tunnel.meta(tunnel.names().workload()).build())
            .addToAdditionalProperties("spec", spec)
            .build());
  }

  private List<String> dnsNames(Tls tls) {
    List<String> names = new ArrayList<>(tls.dnsNames());
    // Public authorities refuse a certificate that has a name of the cluster among others.
    if (names.isEmpty()) {
      names.add(
          tunnel.isServer()
              ? tunnel.names().tunnel() + "." + tunnel.namespace() + ".svc"
              : tunnel.names().workload() + "." + tunnel.namespace());
    }
    return names;
  }
}
