package dev.nodepass.operator.plan;

import dev.nodepass.crds.NodePassTunnel;
import io.fabric8.kubernetes.api.model.HasMetadata;

/** Whether a resource that is there may be changed: only what a tunnel owns is touched. */
public final class Ownership {
  private Ownership() {}

  /**
   * True when the resource belongs to that very tunnel, and not to one of the same name that was
   * deleted, or to nobody.
   */
  public static boolean isOf(NodePassTunnel tunnel, HasMetadata existing) {
    String uid = tunnel.getMetadata().getUid();
    return existing.getMetadata().getOwnerReferences().stream()
        .anyMatch(o -> Boolean.TRUE.equals(o.getController()) && o.getUid().equals(uid));
  }

  /**
   * True when it belongs to a tunnel of the same name that was deleted: the garbage collector is
   * about to remove it.
   */
  public static boolean isOfFormer(NodePassTunnel tunnel, HasMetadata existing) {
    return !isOf(tunnel, existing)
        && existing.getMetadata().getOwnerReferences().stream()
            .anyMatch(
                o ->
                    Boolean.TRUE.equals(o.getController())
                        && o.getKind().equals(NodePassTunnel.KIND)
                        && o.getName().equals(tunnel.getMetadata().getName()));
  }
}
