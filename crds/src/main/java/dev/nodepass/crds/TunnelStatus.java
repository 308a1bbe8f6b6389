package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.model.annotation.LabelSelector;
import io.fabric8.kubernetes.model.annotation.StatusReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator found. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TunnelStatus(
    @JsonPropertyDescription("The generation of the resource that this was found for.")
        @Nullable Long observedGeneration,
    @JsonPropertyDescription(
            "Ready, Available, Progressing, Degraded and Connected, each with why.")
        List<TunnelCondition> conditions,
    @JsonPropertyDescription(
            "Server: host and port that clients dial. Client: the servers that it dials.")
        @Nullable String endpoint,
    @JsonPropertyDescription(
            "What the tunnel leads to: the Service for users and its port, or the service that is"
                + " dialled.")
        @Nullable String target,
    @JsonPropertyDescription("The Services of this tunnel.") @Nullable ServiceNames services,
    @JsonPropertyDescription(
            "The Secret with what the other side needs to join: its entry key is the key, its entry"
                + " keys a key file. Where the address was known when it was made, its entry url is"
                + " what a client is started with.")
        @Nullable String joinSecret,
    @JsonPropertyDescription("Secrets with keys that the operator made.") List<KeySlot> keys,
    @StatusReplicas @JsonPropertyDescription("Pods that there are.") @Nullable Integer replicas,
    @JsonPropertyDescription("Pods through which traffic can pass.")
        @Nullable Integer readyReplicas,
    @JsonPropertyDescription("Ready and wanted pods, such as 1/2.") @Nullable String ready,
    @JsonPropertyDescription(
            "Server: clients that are connected. Client: servers that it is connected to. The"
                + " sessions of all replicas are counted.")
        @Nullable Integer connected,
    @LabelSelector @JsonPropertyDescription("Selects the pods of this tunnel, for autoscalers.")
        @Nullable String selector) {

  public TunnelStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    keys = keys == null ? List.of() : List.copyOf(keys);
  }

  /** A status as it was before, if there was one, with other keys. */
  public static TunnelStatus withKeys(@Nullable TunnelStatus before, List<KeySlot> keys) {
    return before == null
        ? new TunnelStatus(
            null, List.of(), null, null, null, null, keys, null, null, null, null, null)
        : new TunnelStatus(
            before.observedGeneration,
            before.conditions,
            before.endpoint,
            before.target,
            before.services,
            before.joinSecret,
            keys,
            before.replicas,
            before.readyReplicas,
            before.ready,
            before.connected,
            before.selector);
  }
}
