package dev.nodepass.operator.apply;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.plan.Ownership;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What there is of a plan.
 *
 * @param resources in the order of the plan
 */
public record Found(List<Resource> resources) {

  /** A planned resource, and the one of its name. */
  public record Resource(HasMetadata wanted, Optional<? extends HasMetadata> there) {}

  /** Resources of others that have names which the tunnel needs, as {@code Service/web}. */
  public List<String> taken(NodePassTunnel tunnel) {
    return foreign(tunnel, r -> !Ownership.isOfFormer(tunnel, r));
  }

  /** Those of a deleted tunnel of this name, which the garbage collector is about to remove. */
  public List<String> leftovers(NodePassTunnel tunnel) {
    return foreign(tunnel, r -> Ownership.isOfFormer(tunnel, r));
  }

  private List<String> foreign(NodePassTunnel tunnel, Predicate<HasMetadata> which) {
    return resources.stream()
        .map(Resource::there)
        .<HasMetadata>flatMap(Optional::stream)
        .filter(r -> !Ownership.isOf(tunnel, r))
        .filter(which)
        .map(Found::name)
        .toList();
  }

  static String name(HasMetadata resource) {
    return resource.getKind() + "/" + resource.getMetadata().getName();
  }
}
