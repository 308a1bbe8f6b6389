package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import org.jspecify.annotations.Nullable;

/** Where users come in. */
public record Listen(
    @Required
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription(
            "Port at which users reach the tunnel: that of the Service with the tunnel's own name."
                + " One port for each tunnel; for a second port make a second tunnel.")
        Integer port,
    @JsonPropertyDescription(
            "How users reach that Service; from inside the cluster only, if absent. Its port is"
                + " listen.port.")
        @Nullable TargetService service) {}
