package dev.nodepass.operator.plan;

/** Where the files of Secrets and ConfigMaps are in a pod. */
final class Mounts {
  static final String KEYS = "/etc/nodepass/keys";
  static final String TLS = "/etc/nodepass/tls";
  static final String CLIENT_CA = "/etc/nodepass/client-ca";
  static final String CA = "/etc/nodepass/ca";

  private Mounts() {}
}
