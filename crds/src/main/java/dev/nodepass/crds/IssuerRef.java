package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/** An issuer of cert-manager. */
public record IssuerRef(
    @Required @Size(min = 1, max = 253) @JsonPropertyDescription("Name of the issuer.") String name,
    @Default("Issuer")
        @Size(min = 1, max = 63)
        @JsonPropertyDescription(
            "Issuer (of this namespace), ClusterIssuer, or the kind of an issuer of another group.")
        String kind,
    @Default("cert-manager.io")
        @Size(min = 1, max = 253)
        @JsonPropertyDescription("API group of the issuer.")
        String group) {

  public IssuerRef {
    kind = kind == null ? "Issuer" : kind;
    group = group == null ? "cert-manager.io" : group;
  }
}
