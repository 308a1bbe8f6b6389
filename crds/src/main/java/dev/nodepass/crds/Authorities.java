package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** Certificates of authorities, from a Secret or a ConfigMap. */
@ValidationRule(
    value = "has(self.secretName) != has(self.configMapName)",
    message = "authorities come from either secretName or configMapName: give one of them")
public record Authorities(
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

  static final String KEY = "ca.crt";

  public Authorities {
    key = key == null ? KEY : key;
  }
}
