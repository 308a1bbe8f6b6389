package dev.nodepass.operator.status;

import dev.nodepass.crds.AuthType;
import dev.nodepass.crds.KeySecret;
import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.Role;
import dev.nodepass.crds.TunnelSpec;
import dev.nodepass.operator.plan.KeyPlan;
import dev.nodepass.operator.plan.Names;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Whether this side has a session with the other one, and what to do if not. */
final class Connection {
  /** What was refused longer ago says nothing of now. */
  private static final Duration RECENT = Duration.ofMinutes(5);

  private final NodePassTunnel resource;
  private final TunnelSpec spec;
  private final Observed observed;

  Connection(NodePassTunnel resource, Observed observed) {
    this.resource = resource;
    this.spec = resource.getSpec();
    this.observed = observed;
  }

  /** The finding, where pods are wanted. */
  Finding find() {
    if (observed.sessions() > 0) {
      return up();
    }
    if (observed.runtimes().isEmpty()) {
      return observed.pods().stream().anyMatch(PodState::running)
          ? Finding.unknown(
              Reason.STATUS_UNREADABLE,
              "no pod answers at its management port, so it is not known whether it has a session")
          : Finding.no(Reason.STARTING, "no pod runs yet");
    }
    return spec.role() == Role.SERVER ? serverAlone() : clientAlone();
  }

  private Finding up() {
    String names =
        observed.runtimes().stream()
            .flatMap(r -> r.sessions().stream())
            .distinct()
            .sorted()
            .limit(10)
            .collect(Collectors.joining(", "));
    int count = observed.sessions();
    String sessions = count == 1 ? "1 session is up" : count + " sessions are up";
    return Finding.yes(
        Reason.SESSIONS_UP,
        spec.role() == Role.SERVER
            ? sessions + ", with the clients " + names + refusedKeys()
            : sessions + ", with " + Endpoint.of(resource, null).orElse("the server"));
  }

  /** Clients with a wrong key, so that they are seen here too. */
  private String refusedKeys() {
    long count = recent("unauthorized").count();
    return count == 0
        ? ""
        : "; in the last %d minutes %s refused because of the key"
            .formatted(RECENT.toMinutes(), count == 1 ? "1 attempt was" : count + " attempts were");
  }

  private Finding serverAlone() {
    Optional<RuntimeState.Refusal> wrongKey = lastRefusal("unauthorized");
    return wrongKey.isPresent()
        ? Finding.no(
            Reason.WRONG_KEY,
            "a client was refused (" + wrongKey.get().text() + "). To join: " + joinCommand())
        : Finding.no(
            Reason.WAITING_FOR_CLIENT, "no client is connected yet. To join: " + joinCommand());
  }

  private Finding clientAlone() {
    Optional<RuntimeState.Refusal> refused = lastRefusal("refused_by_server");
    if (refused.isPresent()) {
      boolean key = refused.get().text().contains("(unauthorized)");
      return Finding.no(
          key ? Reason.WRONG_KEY : Reason.REFUSED,
          refused.get().text() + (key ? ". " + keyAdvice() : ""));
    }
    return lastRefusal("server_unproven")
        .map(r -> Finding.no(Reason.SERVER_UNPROVEN, r.text()))
        .orElseGet(
            () ->
                Finding.no(
                    Reason.SERVER_UNREACHABLE,
                    "no session with "
                        + Endpoint.of(resource, null).orElse("the server")
                        + detail()));
  }

  private String detail() {
    return observed.runtimes().stream()
        .map(RuntimeState::detail)
        .filter(d -> !d.isEmpty())
        .findFirst()
        .map(d -> ": " + d)
        .orElse("");
  }

  private String keyAdvice() {
    KeySecret given = spec.authOrDefault().secret();
    return given != null
        ? "Put the server's key into the Secret " + given.name()
        : "Copy the server's key Secret (status.joinSecret there) into this namespace and name it in"
            + " spec.auth.secret.name";
  }

  private Optional<RuntimeState.Refusal> lastRefusal(String reason) {
    return recent(reason)
        .reduce((first, second) -> second.at().isBefore(first.at()) ? first : second);
  }

  private Stream<RuntimeState.Refusal> recent(String reason) {
    return observed.runtimes().stream()
        .flatMap(r -> r.refusals().stream())
        .filter(r -> r.reason().equals(reason))
        .filter(r -> r.at().isAfter(observed.now().minus(RECENT)));
  }

  /** A line for a shell that is logged in to this cluster. */
  private String joinCommand() {
    String endpoint =
        Endpoint.of(resource, observed.tunnelService())
            .orElse(
                "<address of Service "
                    + Names.of(resource.getMetadata().getName()).tunnel()
                    + ">:"
                    + spec.serviceOrDefault().port());
    String start = "nodepass 'client://" + endpoint + "/" + KeyPlan.localTarget(spec) + "'";
    if (spec.authOrDefault().type() == AuthType.NONE) {
      return start;
    }
    Optional<KeySlot> slot = KeyPlan.current(resource, observed.keys());
    KeySecret given = spec.authOrDefault().secret();
    if (given != null || slot.isEmpty()) {
      return start
          + (given == null ? "" : " with a key of the Secret " + given.name() + " in NODEPASS_KEY");
    }
    return "NODEPASS_KEY=$(kubectl -n %s get secret %s -o jsonpath='{.data.key}' | base64 -d) %s"
        .formatted(resource.getMetadata().getNamespace(), slot.get().name(), start);
  }
}
