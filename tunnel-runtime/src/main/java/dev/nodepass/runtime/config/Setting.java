package dev.nodepass.runtime.config;

import java.util.Arrays;
import java.util.Optional;

/**
 * Every setting of the runtime: its name in the URL's query, its variable in the environment, its
 * default, and what it means. The tables in the documentation are compared with this list by a
 * test.
 */
public enum Setting {
  LOG("log", "NODEPASS_LOG", "info", "debug|info|warn|error|fatal", "how much is logged"),
  LOG_FORMAT("log-format", "NODEPASS_LOG_FORMAT", "text", "text|json", "how a record is written"),
  MODE(
      "mode",
      "NODEPASS_MODE",
      "auto",
      "auto|reverse|forward",
      "which side takes users: the server (reverse) or the client (forward)"),
  REMOTE(
      "remote",
      "NODEPASS_REMOTE",
      "",
      "port|first-last",
      "ports for the data connections of protocol 1 clients, one each; drawn by the system if not set"),
  MIN("min", "MIN_POOL_CAPACITY", "16", "1-65535", "fewest idle data connections a client keeps"),
  MAX("max", "MAX_POOL_CAPACITY", "1024", "1-65535", "most idle data connections a client keeps"),
  SEMAPHORE(
      "semaphore", "SEMAPHORE_LIMIT", "1024", "1-1000000", "most users' connections at one time"),
  UDP_BUFFER(
      "udp-buffer",
      "UDP_DATA_BUF_SIZE",
      "8192",
      "1-65507",
      "largest datagram carried, in bytes; larger ones are counted and dropped"),
  UDP_TIMEOUT("udp-timeout", "UDP_READ_TIMEOUT", "5s", "1ms-1h", "how long an answer is awaited"),
  INTERVAL("interval", "REPORT_INTERVAL", "5s", "100ms-1h", "time between heartbeats"),
  COOLDOWN("cooldown", "SERVICE_COOLDOWN", "5s", "100ms-1h", "longest wait before a new attempt"),
  SHUTDOWN(
      "shutdown",
      "SHUTDOWN_TIMEOUT",
      "5s",
      "0s-24h",
      "how long running connections may go on after a signal to stop"),
  DRAIN_DELAY(
      "drain-delay",
      "NODEPASS_DRAIN_DELAY",
      "0s",
      "0s-1h",
      "how long new users are still taken after a signal to stop"),
  HTTP(
      "http",
      "NODEPASS_HTTP",
      "",
      "off|port|host:port",
      "health, metrics and status; 127.0.0.1:9000 or a free port if not set"),
  KEY("", "NODEPASS_KEY", "", "text", "the shared key; better here than in the URL, KEY@host:port"),
  KEY_FILE(
      "key-file",
      "NODEPASS_KEY_FILE",
      "",
      "path",
      "a file with lines 'name key [not-after]', or a folder of such files; read again when it changes"),
  NAME("name", "NODEPASS_NAME", "", "name", "the client's name: that of its key"),
  PIN(
      "pin",
      "NODEPASS_PIN",
      "",
      "64 hex digits",
      "the client trusts the server by the SHA-256 of its public key"),
  CA(
      "ca",
      "NODEPASS_CA",
      "",
      "system|path",
      "the client trusts servers that these authorities vouch for (PEM)"),
  TLS_HOST(
      "host",
      "NODEPASS_TLS_HOST",
      "",
      "name",
      "with ca: the name that the server's certificate must have, if not the host that is dialled"),
  TLS_CERT("cert", "NODEPASS_TLS_CERT", "", "path", "the own certificate (PEM), read again"),
  TLS_KEY("cert-key", "NODEPASS_TLS_KEY", "", "path", "the private key of cert (PEM)"),
  CLIENT_CA(
      "client-ca",
      "NODEPASS_CLIENT_CA",
      "",
      "path",
      "the server demands client certificates that these authorities vouch for (PEM)"),
  LEGACY("legacy", "NODEPASS_LEGACY", "1", "0|1", "whether peers of NodePass 1.0.x are served"),
  DATA(
      "data",
      "NODEPASS_DATA",
      "tls",
      "tls|plain",
      "data connections without TLS when both sides say plain"),
  REUSE(
      "reuse",
      "NODEPASS_REUSE",
      "1",
      "1-1000000",
      "users who may follow one another on a data connection; on the side that takes users"),
  LANES("lanes", "NODEPASS_LANES", "4", "1-64", "data connections over which UDP is spread"),
  UDP_SESSION(
      "udp-session",
      "UDP_SESSION_TIMEOUT",
      "60s",
      "100ms-24h",
      "how long a UDP flow may be silent; UDP_READ_TIMEOUT if that is longer and this is not set"),
  PEERS(
      "peers",
      "NODEPASS_PEERS",
      "1",
      "1-64|dns:name",
      "how many servers stand behind the address: clients keep a session with each"),
  PORTS(
      "ports",
      "NODEPASS_PORTS",
      "",
      "first-last",
      "a target port of its own for each named client of a server"),
  ALLOW("allow", "NODEPASS_ALLOW", "", "CIDR,CIDR", "the only addresses that users may come from"),
  ALLOW_CLIENTS(
      "allow-clients",
      "NODEPASS_ALLOW_CLIENTS",
      "",
      "CIDR,CIDR",
      "the only addresses that clients may come from"),
  PER_SOURCE(
      "per-source",
      "NODEPASS_PER_SOURCE",
      "0",
      "0-1000000",
      "most users' connections from one address; 0 for no limit"),
  ACCEPT_RATE(
      "accept-rate",
      "NODEPASS_ACCEPT_RATE",
      "0",
      "0-1000000",
      "most new users' connections in a second; 0 for no limit"),
  RATE(
      "rate",
      "NODEPASS_RATE",
      "0",
      "0-100000",
      "Mbit/s of all users' streams together, each way; 0 for no limit"),
  PROXY(
      "proxy",
      "NODEPASS_PROXY",
      "off",
      "off|1|2",
      "the service is told its user's address by the PROXY protocol"),
  ACCEPT_PROXY(
      "accept-proxy",
      "NODEPASS_ACCEPT_PROXY",
      "0",
      "0|1",
      "connections come through a balancer that begins them with the PROXY protocol");

  private final String query;
  private final String variable;
  private final String defaultText;
  private final String allowed;
  private final String meaning;

  Setting(String query, String variable, String defaultText, String allowed, String meaning) {
    this.query = query;
    this.variable = variable;
    this.defaultText = defaultText;
    this.allowed = allowed;
    this.meaning = meaning;
  }

  /** The name in the URL's query; empty for what only the environment may say. */
  public String query() {
    return query;
  }

  /** The name of the environment's variable. */
  public String variable() {
    return variable;
  }

  /** The default as a person would write it; empty when there is no fixed one. */
  public String defaultText() {
    return defaultText;
  }

  /** The allowed values, in short. */
  public String allowed() {
    return allowed;
  }

  /** What it does, in a line. */
  public String meaning() {
    return meaning;
  }

  /** The setting with this name in the query. */
  static Optional<Setting> ofQuery(String name) {
    return Arrays.stream(values()).filter(s -> s.query.equals(name) && !name.isEmpty()).findFirst();
  }
}
