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
}
