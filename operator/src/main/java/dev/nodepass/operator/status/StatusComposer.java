package dev.nodepass.operator.status;

import dev.nodepass.crds.KeySecret;
import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.Role;
import dev.nodepass.crds.ServiceNames;
import dev.nodepass.crds.TunnelCondition;
import dev.nodepass.crds.TunnelSpec;
import dev.nodepass.crds.TunnelStatus;
import dev.nodepass.operator.plan.KeyPlan;
import dev.nodepass.operator.plan.Labels;
import dev.nodepass.operator.plan.Names;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Composes the status of a tunnel. Pure. */
public final class StatusComposer {
  private final NodePassTunnel resource;
  private final TunnelSpec spec;
  private final Observed observed;
  private final Names names;

  private StatusComposer(NodePassTunnel resource, Observed observed) {
    this.resource = resource;
    this.spec = resource.getSpec();
    this.observed = observed;
    this.names = Names.of(resource.getMetadata().getName());
  }

  /**
   * The status. Where an aspect is as it was, the time of its last transition stays, so that the
   * same observation gives the same status and nothing has to be written.
   *
   * @param resource with the status before
   */
  public static TunnelStatus compose(NodePassTunnel resource, Observed observed) {
    return new StatusComposer(resource, observed).compose();
  }

  private TunnelStatus compose() {
    Conditions found = new Conditions(resource, observed);
    List<TunnelCondition> conditions =
        List.of(
            condition(ConditionType.READY, found.ready()),
            condition(ConditionType.AVAILABLE, found.available()),
            condition(ConditionType.PROGRESSING, found.progressing()),
            condition(ConditionType.DEGRADED, found.degraded()),
            condition(ConditionType.CONNECTED, found.connected()));
    Rollout rollout = observed.rollout();
    return new TunnelStatus(
        resource.getMetadata().getGeneration(),
        conditions,
        Endpoint.of(resource, observed.tunnelService()).orElse(null),
        target(),
        services(),
        joinSecret(),
        observed.keys(),
        rollout == null ? 0 : rollout.replicas(),
        observed.ready(),
        observed.ready() + "/" + (spec.suspend() ? 0 : spec.replicas()),
        observed.sessions(),
        selector());
  }

  private TunnelCondition condition(ConditionType type, Finding finding) {
    String since =
        before(type)
            .filter(c -> c.status().equals(finding.truth().word()))
            .map(TunnelCondition::lastTransitionTime)
            .orElseGet(() -> time(observed.now()));
    return new TunnelCondition(
        type.word(),
        finding.truth().word(),
        finding.reason().word(),
        finding.message(),
        since,
        resource.getMetadata().getGeneration());
  }

  private Optional<TunnelCondition> before(ConditionType type) {
    TunnelStatus status = resource.getStatus();
    return status == null
        ? Optional.empty()
        : status.conditions().stream().filter(c -> c.type().equals(type.word())).findFirst();
  }

  private static String time(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private @Nullable String target() {
    if (spec.listen() != null) {
      return "Service/" + names.target() + ":" + spec.listen().port();
    }
    return spec.forwardTo() == null
        ? null
        : (spec.forwardTo().service() == null
                ? String.valueOf(spec.forwardTo().host())
                : "Service/" + spec.forwardTo().service())
            + ":"
            + spec.forwardTo().port();
  }

  private ServiceNames services() {
    boolean server = spec.role() == Role.SERVER;
    return new ServiceNames(
        spec.listen() == null ? null : names.target(),
        server ? names.tunnel() : null,
        server ? names.peers() : null);
  }

  private @Nullable String joinSecret() {
    KeySecret given = spec.authOrDefault().secret();
    if (given != null) {
      return given.name();
    }
    return spec.operatorMakesKey()
        ? KeyPlan.current(resource, observed.keys()).map(KeySlot::name).orElse(null)
        : null;
  }

  private String selector() {
    return Labels.selector(names).entrySet().stream()
        .map(e -> e.getKey() + "=" + e.getValue())
        .collect(Collectors.joining(","));
  }
}
