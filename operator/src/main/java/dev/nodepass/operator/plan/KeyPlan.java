package dev.nodepass.operator.plan;

import dev.nodepass.crds.Auth;
import dev.nodepass.crds.DataSecurity;
import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.Mode;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.ServiceType;
import dev.nodepass.crds.TunnelService;
import dev.nodepass.crds.TunnelSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The keys that the operator makes: one for each generation that a person asks for, in two Secrets
 * by turns, so that both sides can move from one to the next. Only creating and deleting is needed,
 * never reading.
 */
public final class KeyPlan {
  private final Tunnel tunnel;
  private final Seen seen;

  KeyPlan(Tunnel tunnel, Seen seen) {
    this.tunnel = tunnel;
    this.seen = seen;
  }

  /** True when a random key is wanted in {@link Seen#freshKey()}. */
  public static boolean needsKey(NodePassTunnel resource, Seen seen) {
    KeyPlan plan = new KeyPlan(Tunnel.of(resource, ""), seen);
    return plan.current().isEmpty()
        && resource.getSpec().operatorMakesKey()
        && plan.freeSlot().isPresent();
  }

  /** The Secret that the other side should have now. */
  public static Optional<KeySlot> current(NodePassTunnel resource, List<KeySlot> keys) {
    return current(resource.getSpec(), keys);
  }

  private Optional<KeySlot> current() {
    return current(tunnel.spec(), seen.keys());
  }

  private static Optional<KeySlot> current(TunnelSpec spec, List<KeySlot> keys) {
    int generation = spec.authOrDefault().generation();
    return keys.stream().filter(k -> k.generation() == generation).findFirst();
  }

  private Optional<String> freeSlot() {
    return Stream.of(tunnel.names().keyA(), tunnel.names().keyB())
        .filter(name -> seen.keys().stream().noneMatch(k -> k.name().equals(name)))
        .filter(name -> !seen.taken().contains(name))
        .findFirst();
  }

  /** The Secret to create, if there is none for this generation. */
  Optional<Secret> create() {
    String key = seen.freshKey();
    if (key == null || !tunnel.spec().operatorMakesKey() || current().isPresent()) {
      return Optional.empty();
    }
    int generation = tunnel.spec().authOrDefault().generation();
    return freeSlot().map(name -> secret(tunnel, name, generation, key, seen.endpoint()));
  }

  /** A Secret with a key. */
  static Secret secret(
      Tunnel tunnel, String name, int generation, String key, @Nullable String endpoint) {
    // Not immutable, though it never changes: the kubelet watches no immutable Secret, and a pod
    // that runs would keep the key after its Secret was deleted.
    SecretBuilder secret =
        new SecretBuilder()
            .withMetadata(
                tunnel
                    .meta(name)
                    .addToAnnotations("nodepass.dev/key-generation", String.valueOf(generation))
                    .build())
            .withType("nodepass.dev/key")
            .addToStringData("key", key)
            .addToStringData("keys", "default " + key + "\n");
    String url = url(tunnel, key, endpoint);
    return (url == null ? secret : secret.addToStringData("url", url)).build();
  }

  /** What a client is started with, to be this tunnel's other side. */
  private static @Nullable String url(Tunnel tunnel, String key, @Nullable String endpoint) {
    TunnelService service = tunnel.spec().serviceOrDefault();
    boolean known = service.hostname() != null || service.type() == ServiceType.CLUSTER_IP;
    // It cannot be changed later, when a load balancer has an address.
    if (!tunnel.isServer() || !known) {
      return null;
    }
    String server = endpoint == null ? inCluster(tunnel) : endpoint;
    return "client://" + key + "@" + server + "/" + localTarget(tunnel.spec());
  }

  private static String inCluster(Tunnel tunnel) {
    return tunnel.names().tunnel()
        + "."
        + tunnel.namespace()
        + ".svc:"
        + tunnel.spec().serviceOrDefault().port();
  }

  /** The rest of a client's URL, with a target on the machine where it runs. */
  public static String localTarget(TunnelSpec spec) {
    int port =
        spec.listen() != null
            ? spec.listen().port()
            : spec.forwardTo() != null ? spec.forwardTo().port() : 8080;
    String mode = spec.mode() == Mode.FORWARD ? "mode=forward" : "";
    String data = spec.tlsOrDefault().data() == DataSecurity.PLAIN ? "data=plain" : "";
    String options =
        Stream.of(mode, data).filter(o -> !o.isEmpty()).reduce((a, b) -> a + "&" + b).orElse("");
    return "127.0.0.1:" + port + (options.isEmpty() ? "" : "?" + options);
  }

  /**
   * Those whose time is over: the one before the current, once both sides had the time to move; the
   * oldest of two, when a third generation is asked for; when keys come from elsewhere now, all but
   * one that is named as such.
   */
  List<KeySlot> retire() {
    if (!tunnel.spec().operatorMakesKey()) {
      List<String> named = GivenSecrets.of(tunnel.spec());
      return seen.keys().stream().filter(k -> !named.contains(k.name())).toList();
    }
    Optional<KeySlot> current = current();
    if (current.isEmpty()) {
      return freeSlot().isEmpty() && seen.keys().size() > 1 ? List.of(oldest()) : List.of();
    }
    Auth auth = tunnel.spec().authOrDefault();
    Instant over = Instant.parse(current.get().madeAt()).plus(Durations.parse(auth.overlap()));
    return seen.now().isBefore(over)
        ? List.of()
        : seen.keys().stream().filter(k -> !k.equals(current.get())).toList();
  }

  private KeySlot oldest() {
    return seen.keys().stream().min(Comparator.comparing(KeySlot::generation)).orElseThrow();
  }
}
