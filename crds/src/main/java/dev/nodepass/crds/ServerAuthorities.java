package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Authorities that vouch for servers: those of everybody, or one's own. */
@ValidationRule(
    value = "[self.system, has(self.secretName), has(self.configMapName)].filter(x, x).size() == 1",
    message =
        "tls.ca needs exactly one of system: true (public authorities), secretName and"
            + " configMapName")
public record ServerAuthorities(
    @Default("false")
        @JsonPropertyDescription("The public authorities that the image of the tunnel trusts.")
        Boolean system,
    @Size(min = 1, max = 253)
        @JsonPropertyDescription("Name of the Secret that has the authorities.")
        @Nullable String secretName,
    @Size(min = 1, max = 253)
        @JsonPropertyDescription("Name of the ConfigMap that has the authorities.")
        @Nullable String configMapName,
    @Default(Authorities.KEY)
        @Size(min = 1, max = 253)
        @Pattern("^[-_A-Za-z0-9][-._A-Za-z0-9]*$")
        @JsonPropertyDescription("The entry with the certificates (PEM).")
        String key) {

  public ServerAuthorities {
    system = system != null && system;
    key = key == null ? Authorities.KEY : key;
  }
}
