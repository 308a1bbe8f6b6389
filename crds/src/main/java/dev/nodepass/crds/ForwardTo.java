package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** The service behind the tunnel. */
@ValidationRule(
    value = "has(self.service) != has(self.host)",
    message =
        "forwardTo needs either service (the name of a Service in this namespace) or host (anything"
            + " else), and not both")
public record ForwardTo(
    @Size(min = 1, max = 63)
        @Pattern("^[a-z]([-a-z0-9]*[a-z0-9])?$")
        @JsonPropertyDescription("Name of a Service in the namespace of the tunnel.")
        @Nullable String service,
    @Size(min = 1, max = 253)
        @Pattern(ServerAddress.HOST)
        @JsonPropertyDescription(
            "Host name or address, where it is no Service of this namespace, for example"
                + " web.shop.svc or db.example.com.")
        @Nullable String host,
    @Required
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription("Port that is dialled, TCP and UDP alike.")
        Integer port) {}
