package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;

/** A Secret with a key that the operator made. */
public record KeySlot(
    @Required @JsonPropertyDescription("Name of the Secret.") String name,
    @Required
        @JsonPropertyDescription(
            "UID of the Secret: only that one is ever deleted. Empty while it is being made.")
        String uid,
    @Required @JsonPropertyDescription("The auth.generation for which it was made.")
        Integer generation,
    @Required @JsonPropertyDescription("When it was made.") String madeAt) {}
