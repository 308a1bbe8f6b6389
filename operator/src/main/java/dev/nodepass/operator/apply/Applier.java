package dev.nodepass.operator.apply;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.kinds.OwnedKind;
import dev.nodepass.operator.kinds.OwnedResources;
import dev.nodepass.operator.plan.Ownership;
import dev.nodepass.operator.plan.Plan;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.dependent.kubernetes.SSABasedGenericKubernetesResourceMatcher;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Makes the cluster's resources as they were planned, and writes only where they are not. */
@Singleton
public class Applier {
  private static final Logger LOG = Logger.getLogger(Applier.class);

  private final OwnedResources owned;
  private final Deletion deletion;

  public Applier(OwnedResources owned, KubernetesClient client) {
    this.owned = owned;
    this.deletion = new Deletion(client);
  }

  /** Looks up what there is of a plan. */
  public Found find(Plan plan, Context<NodePassTunnel> context) {
    return new Found(
        plan.apply().stream()
            .map(wanted -> new Found.Resource(wanted, find(wanted, context)))
            .toList());
  }

  /**
   * Applies everything that is not as planned and deletes what is planned no more. What fails does
   * not keep the rest from being applied.
   *
   * @param found nothing in it belongs to others
   * @throws KubernetesClientException when the API server cannot be reached
   */
  public Applied apply(
      NodePassTunnel tunnel, Plan plan, Found found, Context<NodePassTunnel> context) {
    List<String> refused = new ArrayList<>();
    List<KubernetesClientException> failures = new ArrayList<>();
    for (Found.Resource resource : found.resources()) {
      HasMetadata wanted = resource.wanted();
      Optional<? extends HasMetadata> there = resource.there();
      if (there.isEmpty() || !matches(there.get(), wanted, context)) {
        try {
          write(wanted, there.isEmpty(), context).ifPresent(refused::add);
        } catch (KubernetesClientException failure) {
          if (!Refusal.isAnswer(failure)) {
            throw failure;
          }
          refused.add(refusal(wanted, failure));
          failures.add(failure);
        }
      }
    }
    List<HasMetadata> ours =
        owned.all(tunnel, context).stream()
            .filter(r -> Ownership.isOf(tunnel, r))
            .filter(r -> r.getMetadata().getDeletionTimestamp() == null)
            .toList();
    plan.obsolete(ours).forEach(this::delete);
    return new Applied(refused, failures.stream().findFirst());
  }

  /** The watches show only what carries the operator's labels; others are asked for. */
  private Optional<? extends HasMetadata> find(
      HasMetadata wanted, Context<NodePassTunnel> context) {
    Optional<? extends HasMetadata> seen =
        owned.find(
            OwnedKind.of(wanted),
            wanted.getMetadata().getNamespace(),
            wanted.getMetadata().getName(),
            context);
    return seen.isPresent()
        ? seen
        : Optional.ofNullable(context.getClient().resource(wanted).get());
  }

  private static boolean matches(
      HasMetadata existing, HasMetadata wanted, Context<NodePassTunnel> context) {
    try {
      return SSABasedGenericKubernetesResourceMatcher.<HasMetadata>getInstance()
          .matches(existing, wanted, context);
    } catch (IllegalStateException fieldsWithoutTheirElements) {
      LOG.debugf(fieldsWithoutTheirElements, "%s is not as it was applied", Found.name(existing));
      return false;
    }
  }

  /** Returns why the API server refused, if it did. Whatever may pass is thrown on. */
  private Optional<String> write(
      HasMetadata wanted, boolean isNew, Context<NodePassTunnel> context) {
    try {
      owned.apply(wanted, context);
    } catch (KubernetesClientException failure) {
      if (Refusal.isTerminating(failure)) {
        return Optional.empty();
      }
      if (!Refusal.is(failure)) {
        throw failure;
      }
      boolean ports = Refusal.words(failure).contains("spec.ports");
      if (isNew || !ports || !(wanted instanceof Service service) || !mend(service, context)) {
        return Optional.of(refusal(wanted, failure));
      }
    }
    LOG.infof("%s %s", isNew ? "created" : "changed", Found.name(wanted));
    return Optional.empty();
  }

  /**
   * Somebody gave a port of ours another number. Ports are told apart by it, so that applying would
   * add ours beside theirs, of the same name, which is invalid: they have to be set as a whole.
   */
  private boolean mend(Service wanted, Context<NodePassTunnel> context) {
    try {
      context
          .getClient()
          .resource(wanted)
          .patch(
              new PatchContext.Builder()
                  .withPatchType(PatchType.JSON_MERGE)
                  .withFieldManager(context.getControllerConfiguration().fieldManager())
                  .build(),
              Serialization.asJson(Map.of("spec", Map.of("ports", wanted.getSpec().getPorts()))));
      owned.apply(wanted, context);
      return true;
    } catch (KubernetesClientException failure) {
      if (!Refusal.is(failure)) {
        throw failure;
      }
      return false;
    }
  }

  private static String refusal(HasMetadata wanted, KubernetesClientException failure) {
    String words = Found.name(wanted) + ": " + Refusal.words(failure);
    LOG.warnf("the API server refuses %s", words);
    return words;
  }

  private void delete(HasMetadata resource) {
    OwnedKind kind = OwnedKind.of(resource);
    deletion.delete(
        kind.apiVersion(),
        kind.plural(),
        resource.getMetadata().getNamespace(),
        resource.getMetadata().getName(),
        resource.getMetadata().getUid());
    LOG.infof("deleted %s, which is not needed any more", Found.name(resource));
  }
}
