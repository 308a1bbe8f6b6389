package dev.nodepass.crds;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;
import org.jspecify.annotations.Nullable;

/** One side of a tunnel, to be run in this cluster. */
@Group(NodePassTunnel.GROUP)
@Version(NodePassTunnel.VERSION)
@Kind(NodePassTunnel.KIND)
@Plural("nodepasstunnels")
@Singular("nodepasstunnel")
@ShortNames("npt")
@AdditionalPrinterColumn(name = "Role", jsonPath = ".spec.role")
@AdditionalPrinterColumn(name = "Endpoint", jsonPath = ".status.endpoint")
@AdditionalPrinterColumn(
    name = "Ready",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].status")
@AdditionalPrinterColumn(name = "Replicas", jsonPath = ".status.ready")
@AdditionalPrinterColumn(
    name = "Age",
    jsonPath = ".metadata.creationTimestamp",
    type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Mode", jsonPath = ".spec.mode", priority = 1)
@AdditionalPrinterColumn(name = "Target", jsonPath = ".status.target", priority = 1)
@AdditionalPrinterColumn(
    name = "Message",
    jsonPath = ".status.conditions[?(@.type==\"Ready\")].message",
    priority = 1)
public final class NodePassTunnel extends CustomResource<TunnelSpec, TunnelStatus>
    implements Namespaced {
  private static final long serialVersionUID = 1L;

  /** The API group. */
  public static final String GROUP = "nodepass.dev";

  /** The only version so far. */
  public static final String VERSION = "v1alpha1";

  /** The kind. */
  public static final String KIND = "NodePassTunnel";

  /** There is no tunnel without a role, so none is made up. */
  @Override
  protected @Nullable TunnelSpec initSpec() {
    return null;
  }

  @Override
  protected @Nullable TunnelStatus initStatus() {
    return null;
  }
}
