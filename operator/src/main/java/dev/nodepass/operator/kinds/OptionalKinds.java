package dev.nodepass.operator.kinds;

import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Which optional APIs the cluster has. They can be installed at any time, so the API server is
 * asked again, at most once a minute. Safe for threads.
 */
@Singleton
public class OptionalKinds {
  private static final Logger LOG = Logger.getLogger(OptionalKinds.class);
  private static final Duration GOOD_FOR = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final InstantSource clock;
  private final Map<OwnedKind, Boolean> there = new EnumMap<>(OwnedKind.class);
  private @Nullable Instant asked;

  public OptionalKinds(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /** True when the cluster has that kind. While the API server does not say, it is as it was. */
  public synchronized boolean has(OwnedKind kind) {
    if (!kind.optional()) {
      return true;
    }
    Instant now = clock.instant();
    if (asked == null || now.isAfter(asked.plus(GOOD_FOR))) {
      for (OwnedKind each : OwnedKind.values()) {
        if (each.optional()) {
          ask(each).ifPresent(is -> there.put(each, is));
        }
      }
      asked = now;
    }
    return there.getOrDefault(kind, false);
  }

  private Optional<Boolean> ask(OwnedKind kind) {
    try {
      APIResourceList resources = client.getApiResources(kind.apiVersion());
      return Optional.of(
          resources != null
              && resources.getResources().stream().anyMatch(r -> r.getKind().equals(kind.kind())));
    } catch (KubernetesClientException away) {
      LOG.debugf("it is not known whether there is %s: %s", kind.apiVersion(), away.getMessage());
      return Optional.empty();
    }
  }
}
