package dev.nodepass.operator.kinds;

import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which optional APIs the cluster has. They can be installed at any time, so the API server is
 * asked again, at most once a minute. Safe for threads.
 */
@Singleton
public class OptionalKinds {
  private static final Duration GOOD_FOR = Duration.ofMinutes(1);

  private final KubernetesClient client;
  private final InstantSource clock;
  private final Map<OwnedKind, Boolean> there = new EnumMap<>(OwnedKind.class);
  private @Nullable Instant asked;

  public OptionalKinds(KubernetesClient client, InstantSource clock) {
    this.client = client;
    this.clock = clock;
  }

  /**
   * True when the cluster has that kind.
   *
   * @throws io.fabric8.kubernetes.client.KubernetesClientException when the API server cannot be
   *     asked
   */
  public synchronized boolean has(OwnedKind kind) {
    if (!kind.optional()) {
      return true;
    }
    Instant now = clock.instant();
    if (asked == null || now.isAfter(asked.plus(GOOD_FOR))) {
      for (OwnedKind each : OwnedKind.values()) {
        if (each.optional()) {
          there.put(each, ask(each));
        }
      }
      asked = now;
    }
    return there.getOrDefault(kind, false);
  }

  private boolean ask(OwnedKind kind) {
    APIResourceList resources = client.getApiResources(kind.apiVersion());
    return resources != null
        && resources.getResources().stream().anyMatch(r -> r.getKind().equals(kind.kind()));
  }
}
