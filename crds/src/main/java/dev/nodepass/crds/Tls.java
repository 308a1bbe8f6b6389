package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Certificates, and whom they make trusted. */
@ValidationRule(
    value = "(self.source == 'Secret') == has(self.secretName)",
    message =
        "tls.secretName and tls.source Secret belong together: name the Secret of type"
            + " kubernetes.io/tls, or leave both out")
@ValidationRule(
    value = "(self.source == 'CertManager') == has(self.issuerRef)",
    message =
        "tls.issuerRef and tls.source CertManager belong together: name the issuer, or leave both"
            + " out")
@ValidationRule(
    value = "!has(self.serverName) || has(self.ca)",
    message = "tls.serverName is compared only where authorities are trusted: add tls.ca")
public record Tls(
    @Default("InMemory")
        @JsonPropertyDescription(
            "Where this side's certificate comes from. InMemory: a Server makes one at each start"
                + " (as good as any other when both sides have a key), a Client shows none. Secret:"
                + " from secretName. CertManager: issued through issuerRef. Changes are taken up"
                + " without a restart.")
        CertificateSource source,
    @Size(min = 1, max = 253)
        @JsonPropertyDescription(
            "With source Secret: the Secret with tls.crt and tls.key, in the namespace of the"
                + " tunnel.")
        @Nullable String secretName,
    @JsonPropertyDescription("With source CertManager: who issues the certificate.")
        @Nullable IssuerRef issuerRef,
    @Default("[]")
        @Size(max = 32)
        @JsonPropertyDescription(
            "With source CertManager: names in the certificate besides those of the Service, such"
                + " as the name that clients dial.")
        List<String> dnsNames,
    @JsonPropertyDescription(
            "Server: clients must show a certificate that these authorities vouch for.")
        @Nullable Authorities clientCa,
    @JsonPropertyDescription("Client: trust servers that these authorities vouch for.")
        @Nullable ServerAuthorities ca,
    @Size(min = 1, max = 253)
        @Pattern("^[A-Za-z0-9._:-]+$")
        @JsonPropertyDescription(
            "Client, with ca: the name that the server's certificate must have, if that is not the"
                + " host that is dialled.")
        @Nullable String serverName,
    @Pattern("^[0-9a-fA-F]{64}$")
        @Size(max = 64)
        @JsonPropertyDescription(
            "Client: trust the server whose public key has this SHA-256 (64 hex digits); a server"
                + " with a certificate of its own logs it at start.")
        @Nullable String pin,
    @Default("Encrypted")
        @JsonPropertyDescription(
            "How users' data travel: Encrypted (TLS 1.3), or Plain, when both sides say so, for"
                + " streams that are encrypted themselves. The control connection is always"
                + " encrypted.")
        DataSecurity data) {

  static final Tls DEFAULT =
      new Tls(
          CertificateSource.IN_MEMORY,
          null,
          null,
          List.of(),
          null,
          null,
          null,
          null,
          DataSecurity.ENCRYPTED);

  public Tls {
    source = source == null ? CertificateSource.IN_MEMORY : source;
    dnsNames = dnsNames == null ? List.of() : List.copyOf(dnsNames);
    data = data == null ? DataSecurity.ENCRYPTED : data;
  }
}
