package dev.nodepass.runtime.config;

import java.time.Duration;
import java.util.Map;

/**
 * All that one tunnel process was told, checked. Made by {@link SettingsParser}.
 *
 * @param url the URL as given, as logged at start
 * @param tunnel the tunnel address: listened on by the server, dialled by the client
 * @param target the target address: in reverse mode listened on by the server, dialled by the
 *     client
 * @param sources where each value came from
 */
public record Settings(
    String url,
    Role role,
    HostPort tunnel,
    HostPort target,
    LogLevel logLevel,
    LogFormat logFormat,
    Mode mode,
    PortRange remote,
    int minPool,
    int maxPool,
    int semaphore,
    int udpBuffer,
    Duration udpTimeout,
    Duration interval,
    Duration cooldown,
    Duration shutdown,
    Duration drainDelay,
    ManagementAddress http,
    Map<Setting, Source> sources) {

  public Settings {
    sources = Map.copyOf(sources);
  }

  /** Where a value came from. */
  public enum Source {
    /** The URL's query. */
    URL,
    /** A variable of the environment. */
    ENVIRONMENT,
    /** Nobody set it. */
    DEFAULT
  }
}
