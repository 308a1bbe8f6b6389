package dev.nodepass.operator.plan;

import dev.nodepass.crds.KeySlot;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is to be done for a tunnel.
 *
 * @param create a key Secret, to be created before the rest; never applied, since what it holds
 *     cannot be known again
 * @param apply everything else that should be there, in the order in which to apply it; whatever
 *     else of these kinds belongs to the tunnel is to be deleted
 * @param retire key Secrets whose time is over, to be deleted by name and UID
 */
public record Plan(Optional<Secret> create, List<HasMetadata> apply, List<KeySlot> retire) {
  public Plan {
    apply = List.copyOf(apply);
    retire = List.copyOf(retire);
  }

  /**
   * Those that were planned once and are no more, such as the budget of a tunnel that was scaled
   * down to one replica.
   *
   * @param owned resources of the planned kinds that the tunnel owns; key Secrets are not among
   *     them, since {@link #retire} knows their time
   */
  public List<HasMetadata> obsolete(List<HasMetadata> owned) {
    Set<String> wanted = apply.stream().map(Plan::name).collect(Collectors.toSet());
    return owned.stream().filter(r -> !wanted.contains(name(r))).toList();
  }

  private static String name(HasMetadata resource) {
    return resource.getKind() + "/" + resource.getMetadata().getName();
  }
}
