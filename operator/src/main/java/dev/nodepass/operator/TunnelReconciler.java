package dev.nodepass.operator;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.TunnelStatus;
import dev.nodepass.operator.apply.Applied;
import dev.nodepass.operator.apply.Applier;
import dev.nodepass.operator.apply.Found;
import dev.nodepass.operator.apply.KeySecrets;
import dev.nodepass.operator.apply.Refusal;
import dev.nodepass.operator.event.EventRecorder;
import dev.nodepass.operator.event.Transitions;
import dev.nodepass.operator.kinds.OptionalKinds;
import dev.nodepass.operator.kinds.OwnedKind;
import dev.nodepass.operator.kinds.OwnedResources;
import dev.nodepass.operator.observe.Observer;
import dev.nodepass.operator.observe.TunnelGauges;
import dev.nodepass.operator.plan.KeyPlan;
import dev.nodepass.operator.plan.Plan;
import dev.nodepass.operator.plan.Planner;
import dev.nodepass.operator.plan.Problem;
import dev.nodepass.operator.plan.Seen;
import dev.nodepass.operator.plan.Surroundings;
import dev.nodepass.operator.plan.Validation;
import dev.nodepass.operator.setup.OperatorSettings;
import dev.nodepass.operator.setup.Reconciliations;
import dev.nodepass.operator.status.Attempt;
import dev.nodepass.operator.status.Observed;
import dev.nodepass.operator.status.StatusComposer;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.ControllerConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.api.reconciler.UpdateControl;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import org.jspecify.annotations.Nullable;

/**
 * Makes a tunnel true: validate, plan, apply, observe, tell. Runs on the operator SDK's threads,
 * one at a time for each tunnel. What fails is tried again by the SDK, ever more slowly; everything
 * is done so that it can be begun anew at any point.
 */
@ControllerConfiguration(
    name = TunnelReconciler.NAME,
    fieldManager = TunnelReconciler.FIELD_MANAGER)
public class TunnelReconciler implements Reconciler<NodePassTunnel> {
  private static final Logger LOG = Logger.getLogger(TunnelReconciler.class);
  static final String NAME = "nodepasstunnel";
  static final String FIELD_MANAGER = "nodepass-operator";

  /** Pods tell by their readiness that a session came or went; all else they are asked for. */
  private static final Duration SETTLED = Duration.ofSeconds(30);

  private static final Duration UNSETTLED = Duration.ofSeconds(5);
  private static final Duration COLLECTION = Duration.ofSeconds(30);

  private final OwnedResources owned;
  private final OptionalKinds optional;
  private final Applier applier;
  private final KeySecrets secrets;
  private final Observer observer;
  private final EventRecorder events;
  private final TunnelGauges gauges;
  private final OperatorSettings settings;
  private final String version;
  private final Reconciliations reconciliations;
  private final AtomicLong number = new AtomicLong();

  public TunnelReconciler(
      OwnedResources owned,
      OptionalKinds optional,
      Applier applier,
      KeySecrets secrets,
      Observer observer,
      EventRecorder events,
      TunnelGauges gauges,
      OperatorSettings settings,
      Reconciliations reconciliations,
      @ConfigProperty(name = "quarkus.application.version") String version) {
    this.owned = owned;
    this.optional = optional;
    this.applier = applier;
    this.secrets = secrets;
    this.observer = observer;
    this.events = events;
    this.gauges = gauges;
    this.settings = settings;
    this.reconciliations = reconciliations;
    this.version = version;
  }

  @Override
  public List<EventSource<?, NodePassTunnel>> prepareEventSources(
      EventSourceContext<NodePassTunnel> context) {
    return owned.sources(context);
  }

  @Override
  public UpdateControl<NodePassTunnel> reconcile(
      NodePassTunnel tunnel, Context<NodePassTunnel> context) {
    if (!reconciliations.begin()) {
      return UpdateControl.noUpdate();
    }
    try {
      MDC.put("tunnel", label(tunnel));
      gauges.show(context.getPrimaryCache());
      return makeTrue(tunnel, context);
    } catch (KubernetesClientException failure) {
      // One line; the SDK tries again, and its own words are a stack trace (see the settings).
      LOG.warnf("not finished, to be tried again: %s", Refusal.words(failure));
      throw failure;
    } catch (RuntimeException defect) {
      LOG.errorf(defect, "not finished, to be tried again");
      throw defect;
    } finally {
      MDC.remove("tunnel");
      reconciliations.end();
    }
  }

  /** What each line of the log carries: namespace, name and number of this reconciliation. */
  private String label(NodePassTunnel tunnel) {
    return tunnel.getMetadata().getNamespace()
        + "/"
        + tunnel.getMetadata().getName()
        + " #"
        + number.incrementAndGet();
  }

  private UpdateControl<NodePassTunnel> makeTrue(
      NodePassTunnel tunnel, Context<NodePassTunnel> context) {
    Surroundings surroundings = surroundings();
    List<Problem> problems = new Validation(surroundings).problems(tunnel);
    if (!problems.isEmpty()) {
      return tell(tunnel, keys(tunnel), Attempt.invalid(problems), context);
    }
    Planner planner = new Planner(surroundings);
    Seen seen = observer.before(tunnel, context);
    Plan plan = planner.plan(tunnel, seen);
    Found found = applier.find(plan, context);
    if (!found.taken(tunnel).isEmpty()) {
      return tell(tunnel, seen.keys(), Attempt.taken(found.taken(tunnel)), context);
    }
    if (!found.leftovers(tunnel).isEmpty()) {
      return tell(tunnel, seen.keys(), Attempt.waiting(found.leftovers(tunnel)), context);
    }
    List<String> refused = new ArrayList<>();
    Seen withKey = makeKey(tunnel, seen, planner, refused, context);
    Applied applied = applier.apply(tunnel, plan, found, context);
    refused.addAll(applied.refused());
    List<KeySlot> keys = withKey.keys();
    // Pods that were not changed may need the old keys yet.
    if (refused.isEmpty()) {
      keys = retire(tunnel, planner.plan(tunnel, withKey), keys);
    }
    UpdateControl<NodePassTunnel> told =
        tell(tunnel, keys, attempt(tunnel, withKey, refused), context);
    if (applied.failure().isPresent()) {
      throw applied.failure().get();
    }
    return told;
  }

  private Surroundings surroundings() {
    return new Surroundings(
        settings.image(),
        version,
        settings.operatorNamespace(),
        optional.has(OwnedKind.POD_MONITOR),
        optional.has(OwnedKind.CERTIFICATE));
  }

  /**
   * Makes the key that is wanted. Its slot is written down before, and its UID after: nobody else
   * knows which Secrets are ours.
   */
  private Seen makeKey(
      NodePassTunnel tunnel,
      Seen seen,
      Planner planner,
      List<String> refused,
      Context<NodePassTunnel> context) {
    boolean reserved = seen.keys().stream().anyMatch(k -> k.uid().isEmpty());
    if (!reserved && !KeyPlan.needsKey(tunnel, seen)) {
      return seen;
    }
    // The cache may be behind what was written down last.
    NodePassTunnel newest = context.getClient().resource(tunnel).get();
    if (newest == null || !newest.getMetadata().getUid().equals(tunnel.getMetadata().getUid())) {
      // It was deleted meanwhile: what comes next is about the new one.
      return seen;
    }
    Seen now = seen.withKeys(keys(newest));
    try {
      Seen noted = note(newest, now, secrets.reserve(tunnel, now, planner), context);
      return note(newest, noted, secrets.settle(tunnel, noted, planner), context);
    } catch (KubernetesClientException failure) {
      if (!Refusal.is(failure)) {
        throw failure;
      }
      refused.add("the Secret for the key: " + Refusal.words(failure));
      return now;
    }
  }

  private static Seen note(
      NodePassTunnel tunnel, Seen before, Seen after, Context<NodePassTunnel> context) {
    if (!after.keys().equals(before.keys())) {
      TunnelStatus status = TunnelStatus.withKeys(tunnel.getStatus(), after.keys());
      context.resourceOperations().serverSideApplyPrimaryStatus(withStatus(tunnel, status));
    }
    return after;
  }

  private List<KeySlot> retire(NodePassTunnel tunnel, Plan plan, List<KeySlot> keys) {
    if (plan.retire().isEmpty()) {
      return keys;
    }
    secrets.retire(tunnel, plan.retire());
    List<KeySlot> left = new ArrayList<>(keys);
    left.removeAll(plan.retire());
    return left;
  }

  /**
   * What is to be told. Secrets that are in the way of a new tunnel may be a deleted one's, which
   * the garbage collector has yet to remove.
   */
  private static Attempt attempt(NodePassTunnel tunnel, Seen seen, List<String> refused) {
    boolean keyless =
        tunnel.getSpec().operatorMakesKey() && KeyPlan.current(tunnel, seen.keys()).isEmpty();
    Instant made = Instant.parse(tunnel.getMetadata().getCreationTimestamp());
    return keyless && !seen.taken().isEmpty() && made.plus(COLLECTION).isBefore(seen.now())
        ? Attempt.taken(seen.taken().stream().map(name -> "Secret/" + name).toList())
        : Attempt.refused(refused);
  }

  /** Observes, and writes the status and Events where something is other than before. */
  private UpdateControl<NodePassTunnel> tell(
      NodePassTunnel tunnel, List<KeySlot> keys, Attempt attempt, Context<NodePassTunnel> context) {
    Observed observed = observer.after(tunnel, keys, attempt, context);
    TunnelStatus before = tunnel.getStatus();
    TunnelStatus status = StatusComposer.compose(tunnel, observed);
    Transitions.between(before, status).forEach(h -> events.record(tunnel, h));
    if (!status.equals(before)) {
      write(tunnel, status, context);
    }
    return UpdateControl.<NodePassTunnel>noUpdate().rescheduleAfter(next(status));
  }

  /** A tunnel that was deleted meanwhile, or made anew, needs this status no more. */
  private static void write(
      NodePassTunnel tunnel, TunnelStatus status, Context<NodePassTunnel> context) {
    try {
      context.resourceOperations().serverSideApplyPrimaryStatus(withStatus(tunnel, status));
    } catch (KubernetesClientException failure) {
      if (failure.getCode() != 404 && failure.getCode() != 409) {
        throw failure;
      }
    }
  }

  private static Duration next(TunnelStatus status) {
    boolean settled =
        status.conditions().stream()
            .allMatch(
                c ->
                    switch (c.type()) {
                      case "Ready", "Available", "Connected" -> c.status().equals("True");
                      default -> c.status().equals("False");
                    });
    return settled ? SETTLED : UNSETTLED;
  }

  private static List<KeySlot> keys(NodePassTunnel tunnel) {
    return tunnel.getStatus() == null ? List.of() : tunnel.getStatus().keys();
  }

  /** Only what is to be applied: name and status. */
  private static NodePassTunnel withStatus(NodePassTunnel tunnel, @Nullable TunnelStatus status) {
    NodePassTunnel patch = new NodePassTunnel();
    patch.setMetadata(
        new ObjectMetaBuilder()
            .withName(tunnel.getMetadata().getName())
            .withNamespace(tunnel.getMetadata().getNamespace())
            .withUid(tunnel.getMetadata().getUid())
            .build());
    patch.setStatus(status);
    return patch;
  }
}
