package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/** One aspect of how a tunnel is, in the form of {@code metav1.Condition}. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TunnelCondition(
    @Required
        @Size(min = 1, max = 316)
        @JsonPropertyDescription(
            "Which aspect: Ready, Available, Progressing, Degraded, Connected.")
        String type,
    @Required @Pattern("^(True|False|Unknown)$") @JsonPropertyDescription("True, False or Unknown.")
        String status,
    @Required @Size(min = 1, max = 1024) @JsonPropertyDescription("Why, in one word for programs.")
        String reason,
    @Required @Size(max = 32768) @JsonPropertyDescription("Why, for people, and what to do.")
        String message,
    @Required @JsonPropertyDescription("When the status changed last.") String lastTransitionTime,
    @JsonPropertyDescription("The generation of the resource that this was found for.")
        @Nullable Long observedGeneration) {}
