package dev.nodepass.operator.status;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.Role;
import dev.nodepass.crds.TunnelSpec;
import dev.nodepass.operator.plan.Names;
import dev.nodepass.operator.plan.Problem;
import java.util.Optional;
import java.util.stream.Collectors;

/** The five aspects of a tunnel, each with the first cause that explains it. */
final class Conditions {
  private final NodePassTunnel resource;
  private final TunnelSpec spec;
  private final Observed observed;
  private final Optional<Finding> blocked;
  private final Optional<Finding> stopped;
  private final Optional<Finding> trouble;
  private final Finding connection;

  Conditions(NodePassTunnel resource, Observed observed) {
    this.resource = resource;
    this.spec = resource.getSpec();
    this.observed = observed;
    this.blocked = blocked();
    this.stopped = stopped();
    this.trouble = missingSecret().or(() -> PodTrouble.of(observed.pods())).or(this::stalled);
    this.connection = new Connection(resource, observed).find();
  }

  /** What kept the operator from applying its plan. */
  private Optional<Finding> blocked() {
    if (!observed.attempt().problems().isEmpty()) {
      return Optional.of(
          Finding.no(
              Reason.INVALID,
              observed.attempt().problems().stream()
                  .map(Problem::toString)
                  .collect(Collectors.joining("; "))));
    }
    if (!observed.attempt().taken().isEmpty()) {
      return Optional.of(
          Finding.no(
              Reason.NAME_TAKEN,
              String.join(", ", observed.attempt().taken())
                  + " belongs to someone else and was not touched: rename this tunnel, or remove"
                  + " that"));
    }
    if (!observed.attempt().leftovers().isEmpty()) {
      return Optional.of(
          Finding.no(
              Reason.WAITING_FOR_DELETION,
              String.join(", ", observed.attempt().leftovers())
                  + " of a deleted tunnel of this name has to go first: see its finalizers if it"
                  + " does not"));
    }
    return observed.attempt().refused().isEmpty()
        ? Optional.empty()
        : Optional.of(
            Finding.no(
                Reason.APPLY_REFUSED,
                "the API server refuses " + String.join("; ", observed.attempt().refused())));
  }

  private Optional<Finding> stopped() {
    if (spec.suspend()) {
      return Optional.of(Finding.no(Reason.SUSPENDED, "the tunnel is suspended (spec.suspend)"));
    }
    return spec.replicas() == 0
        ? Optional.of(Finding.no(Reason.NO_REPLICAS, "no replica is wanted (spec.replicas is 0)"))
        : Optional.empty();
  }

  /** Before the trouble of pods: it is what their trouble comes from. */
  private Optional<Finding> missingSecret() {
    return observed.missing().isEmpty()
        ? Optional.empty()
        : Optional.of(
            Finding.no(
                Reason.SECRET_MISSING,
                "the Secret "
                    + String.join(", ", observed.missing())
                    + " is not in this namespace: create it"));
  }

  private Optional<Finding> stalled() {
    Rollout rollout = observed.rollout();
    return rollout == null || rollout.stalled() == null
        ? Optional.empty()
        : Optional.of(Finding.no(Reason.STALLED, "pods cannot be made: " + rollout.stalled()));
  }

  private Finding starting() {
    return Finding.no(Reason.STARTING, "pods are starting");
  }

  /** True exactly when traffic can pass: pods are ready only with a session. */
  Finding ready() {
    if (stopped.isPresent()) {
      return stopped.get();
    }
    if (observed.ready() > 0) {
      return Finding.yes(
          Reason.TRAFFIC_PASSES,
          "traffic can pass through %d of %d replicas"
              .formatted(observed.ready(), spec.replicas()));
    }
    return blocked
        .or(() -> trouble)
        .orElseGet(() -> connection.holds() ? starting() : connection.as(Finding.Truth.FALSE));
  }

  /** True when this side does its part, whether or not the other one is there. */
  Finding available() {
    if (stopped.isPresent()) {
      return stopped.get();
    }
    boolean running = observed.pods().stream().anyMatch(p -> p.running() && !p.terminating());
    if (!running) {
      return blocked.or(() -> trouble).orElseGet(this::starting);
    }
    return spec.role() == Role.SERVER && Endpoint.of(resource, observed.tunnelService()).isEmpty()
        ? Finding.no(
            Reason.ENDPOINT_PENDING,
            "the Service "
                + Names.of(resource.getMetadata().getName()).tunnel()
                + " has no address yet: the cluster's load balancer gives it one, if there is one")
        : Finding.yes(Reason.PODS_RUN, "pods run");
  }

  Finding progressing() {
    Rollout rollout = observed.rollout();
    if (blocked.isPresent()) {
      return blocked.get();
    }
    if (rollout == null) {
      return Finding.yes(Reason.ROLLING_OUT, "the Deployment is being made");
    }
    if (rollout.underWay()) {
      return rollout.stalled() != null
          ? stalled().orElseThrow()
          : Finding.yes(
              Reason.ROLLING_OUT,
              "%d of %d pods are as they should be, %d are there"
                  .formatted(rollout.updated(), rollout.wanted(), rollout.replicas()));
    }
    return stopped.orElseGet(() -> Finding.no(Reason.COMPLETE, "all pods are as they should be"));
  }

  /** True when a person has to do something. */
  Finding degraded() {
    Optional<Finding> cause = blocked.filter(b -> b.reason() != Reason.WAITING_FOR_DELETION);
    if (cause.isEmpty() && stopped.isEmpty()) {
      cause = trouble.or(this::refused).or(this::missing);
    }
    return cause
        .map(c -> c.as(Finding.Truth.TRUE))
        .orElseGet(() -> Finding.no(Reason.AS_EXPECTED, "nothing is wrong"));
  }

  /** A refusal is this side's to mend where this side was refused. */
  private Optional<Finding> refused() {
    return spec.role() == Role.CLIENT
            && switch (connection.reason()) {
              case WRONG_KEY, REFUSED, SERVER_UNPROVEN -> true;
              default -> false;
            }
        ? Optional.of(connection)
        : Optional.empty();
  }

  private Optional<Finding> missing() {
    Rollout rollout = observed.rollout();
    return rollout == null
            || rollout.underWay()
            || rollout.ready() == 0
            || rollout.ready() >= rollout.wanted()
        ? Optional.empty()
        : Optional.of(
            Finding.no(
                Reason.REPLICAS_MISSING,
                "only %d of %d replicas can pass traffic"
                    .formatted(rollout.ready(), rollout.wanted())));
  }

  Finding connected() {
    return stopped.orElse(connection);
  }
}
