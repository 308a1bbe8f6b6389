package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** Where the own certificate comes from. */
public enum CertificateSource {
  /** Made anew at each start. */
  @JsonProperty("InMemory")
  IN_MEMORY,

  /** From a Secret of type kubernetes.io/tls. */
  @JsonProperty("Secret")
  SECRET,

  /** Issued by cert-manager. */
  @JsonProperty("CertManager")
  CERT_MANAGER
}
