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
      "health, metrics and status; 127.0.0.1:9000 or a free port if not set");

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

  /** The name in the URL's query. */
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
    return Arrays.stream(values()).filter(s -> s.query.equals(name)).findFirst();
  }
}
