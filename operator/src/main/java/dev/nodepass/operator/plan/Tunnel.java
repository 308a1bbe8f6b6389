package dev.nodepass.operator.plan;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.Role;
import dev.nodepass.crds.TunnelSpec;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import java.util.Map;

/**
 * A resource with what every part of its plan needs of it.
 *
 * @param version of the operator, for labels
 */
record Tunnel(
    String name, String namespace, String uid, TunnelSpec spec, Names names, String version) {

  static Tunnel of(NodePassTunnel resource, String version) {
    ObjectMeta meta = resource.getMetadata();
    return new Tunnel(
        meta.getName(),
        meta.getNamespace(),
        meta.getUid(),
        resource.getSpec(),
        Names.of(meta.getName()),
        version);
  }

  boolean isServer() {
    return spec.role() == Role.SERVER;
  }

  /** Labels of the pods. */
  Map<String, String> selector() {
    return Labels.selector(names);
  }

  /**
   * Name, labels and owner of a resource. Nothing waits for its deletion: the garbage collector
   * removes it when the tunnel is gone.
   */
  ObjectMetaBuilder meta(String resource) {
    return new ObjectMetaBuilder()
        .withName(resource)
        .withNamespace(namespace)
        .withLabels(Labels.all(names, version))
        .withOwnerReferences(
            new OwnerReferenceBuilder()
                .withApiVersion(NodePassTunnel.GROUP + "/" + NodePassTunnel.VERSION)
                .withKind(NodePassTunnel.KIND)
                .withName(name)
                .withUid(uid)
                .withController(true)
                .build());
  }
}
