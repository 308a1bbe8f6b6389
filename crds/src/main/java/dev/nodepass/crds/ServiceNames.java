package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import org.jspecify.annotations.Nullable;

/** The Services of a tunnel. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ServiceNames(
    @JsonPropertyDescription("Service for users; they use its name and listen.port.")
        @Nullable String target,
    @JsonPropertyDescription("Service at which clients dial.") @Nullable String tunnel,
    @JsonPropertyDescription("Headless Service by which replicas are counted.")
        @Nullable String peers) {}
