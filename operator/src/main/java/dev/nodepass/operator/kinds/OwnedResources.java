package dev.nodepass.operator.kinds;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.plan.Labels;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.javaoperatorsdk.operator.api.config.informer.InformerEventSourceConfiguration;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.EventSourceRetriever;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.InformerEventSource;
import io.javaoperatorsdk.operator.processing.event.source.informer.Mappers;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What tunnels own, seen through watches of resources that carry the operator's labels; a change of
 * one leads to its tunnel. Nothing else in the cluster is watched.
 */
@Singleton
public class OwnedResources {
  private final OptionalKinds optional;

  public OwnedResources(OptionalKinds optional) {
    this.optional = optional;
  }

  /** The watches to begin with; an optional kind is added when its API is seen. */
  public List<EventSource<?, NodePassTunnel>> sources(EventSourceContext<NodePassTunnel> context) {
    List<EventSource<?, NodePassTunnel>> sources = new ArrayList<>();
    Arrays.stream(OwnedKind.values())
        .filter(optional::has)
        .map(kind -> owned(kind, context))
        .forEach(sources::add);
    sources.add(pods(context));
    return sources;
  }

  /** The pods of a tunnel, those on their way out among them. */
  public Set<Pod> pods(Context<NodePassTunnel> context) {
    return context.getSecondaryResources(Pod.class);
  }

  /** One resource, if it is there and carries the operator's labels. */
  public Optional<? extends HasMetadata> find(
      OwnedKind kind, String namespace, String name, Context<NodePassTunnel> context) {
    return cache(kind, context).get(new ResourceID(name, namespace));
  }

  /** All that a tunnel owns, of all kinds that the cluster has. */
  public List<HasMetadata> all(NodePassTunnel tunnel, Context<NodePassTunnel> context) {
    List<HasMetadata> all = new ArrayList<>();
    Arrays.stream(OwnedKind.values())
        .filter(optional::has)
        .forEach(kind -> all.addAll(cache(kind, context).getSecondaryResources(tunnel)));
    return all;
  }

  /** Applies a resource and has what came of it in the cache at once. */
  @SuppressWarnings("unchecked") // the cache of a kind holds resources of its type
  public void apply(HasMetadata wanted, Context<NodePassTunnel> context) {
    InformerEventSource<HasMetadata, NodePassTunnel> cache =
        (InformerEventSource<HasMetadata, NodePassTunnel>) cache(OwnedKind.of(wanted), context);
    context.resourceOperations().serverSideApply(wanted, cache);
  }

  private InformerEventSource<? extends HasMetadata, NodePassTunnel> cache(
      OwnedKind kind, Context<NodePassTunnel> context) {
    EventSourceRetriever<NodePassTunnel> sources = context.eventSourceRetriever();
    EventSource<? extends HasMetadata, NodePassTunnel> source =
        sources.getEventSourcesFor(kind.type()).stream()
            .filter(s -> s.name().equals(kind.plural()))
            .<EventSource<? extends HasMetadata, NodePassTunnel>>map(s -> s)
            .findFirst()
            // Of two that register at once, the first wins and both get that one.
            .orElseGet(
                () ->
                    sources.dynamicallyRegisterEventSource(
                        owned(kind, sources.eventSourceContextForDynamicRegistration())));
    return (InformerEventSource<? extends HasMetadata, NodePassTunnel>) source;
  }

  @SuppressWarnings("unchecked")
  private static InformerEventSource<HasMetadata, NodePassTunnel> owned(
      OwnedKind kind, EventSourceContext<NodePassTunnel> context) {
    InformerEventSourceConfiguration.Builder<HasMetadata> builder =
        (InformerEventSourceConfiguration.Builder<HasMetadata>)
            (kind.optional()
                ? InformerEventSourceConfiguration.from(
                    kind.groupVersionKind(), NodePassTunnel.class)
                : InformerEventSourceConfiguration.from(kind.type(), NodePassTunnel.class));
    return new InformerEventSource<>(
        builder
            .withName(kind.plural())
            .withLabelSelector(Labels.OF_OPERATOR)
            .withSecondaryToPrimaryMapper(Mappers.fromOwnerReferences(NodePassTunnel.class))
            .withNamespacesInheritedFromController()
            .build(),
        context);
  }

  /** Pods are owned by what a Deployment makes; an annotation names their tunnel. */
  private static InformerEventSource<Pod, NodePassTunnel> pods(
      EventSourceContext<NodePassTunnel> context) {
    return new InformerEventSource<>(
        InformerEventSourceConfiguration.from(Pod.class, NodePassTunnel.class)
            .withName("pods")
            .withLabelSelector(Labels.OF_PODS)
            .withSecondaryToPrimaryMapper(OwnedResources::tunnelOf)
            .withNamespacesInheritedFromController()
            .build(),
        context);
  }

  private static Set<ResourceID> tunnelOf(Pod pod) {
    String name = pod.getMetadata().getAnnotations().get(Labels.TUNNEL);
    return name == null ? Set.of() : Set.of(new ResourceID(name, pod.getMetadata().getNamespace()));
  }
}
