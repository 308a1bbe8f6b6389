package dev.nodepass.operator.plan;

/**
 * The variables by which the operator sets the runtime up, with the runtime's own defaults. A test
 * compares both with docs/settings.md, which another one compares with the runtime.
 */
enum Variable {
  MODE("NODEPASS_MODE", "auto"),
  HTTP("NODEPASS_HTTP", ""),
  LOG("NODEPASS_LOG", "info"),
  LOG_FORMAT("NODEPASS_LOG_FORMAT", "text"),
  KEY_FILE("NODEPASS_KEY_FILE", ""),
  NAME("NODEPASS_NAME", ""),
  LEGACY("NODEPASS_LEGACY", "1"),
  PEERS("NODEPASS_PEERS", "1"),
  TLS_CERT("NODEPASS_TLS_CERT", ""),
  TLS_KEY("NODEPASS_TLS_KEY", ""),
  CLIENT_CA("NODEPASS_CLIENT_CA", ""),
  CA("NODEPASS_CA", ""),
  TLS_HOST("NODEPASS_TLS_HOST", ""),
  PIN("NODEPASS_PIN", ""),
  DATA("NODEPASS_DATA", "tls"),
  MIN("MIN_POOL_CAPACITY", "16"),
  MAX("MAX_POOL_CAPACITY", "1024"),
  SEMAPHORE("SEMAPHORE_LIMIT", "1024"),
  PER_SOURCE("NODEPASS_PER_SOURCE", "0"),
  ACCEPT_RATE("NODEPASS_ACCEPT_RATE", "0"),
  RATE("NODEPASS_RATE", "0"),
  ALLOW("NODEPASS_ALLOW", ""),
  ALLOW_CLIENTS("NODEPASS_ALLOW_CLIENTS", ""),
  REUSE("NODEPASS_REUSE", "1"),
  LANES("NODEPASS_LANES", "4"),
  UDP_BUFFER("UDP_DATA_BUF_SIZE", "8192"),
  SHUTDOWN("SHUTDOWN_TIMEOUT", "5s"),
  INTERVAL("REPORT_INTERVAL", "5s"),
  COOLDOWN("SERVICE_COOLDOWN", "5s"),
  UDP_TIMEOUT("UDP_READ_TIMEOUT", "5s"),
  UDP_SESSION("UDP_SESSION_TIMEOUT", "60s"),
  PROXY("NODEPASS_PROXY", "off"),
  ACCEPT_PROXY("NODEPASS_ACCEPT_PROXY", "0");

  private final String variable;
  private final String runtimeDefault;

  Variable(String variable, String runtimeDefault) {
    this.variable = variable;
    this.runtimeDefault = runtimeDefault;
  }

  String variable() {
    return variable;
  }

  String runtimeDefault() {
    return runtimeDefault;
  }
}
