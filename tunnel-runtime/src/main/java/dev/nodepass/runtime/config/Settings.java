package dev.nodepass.runtime.config;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * All that one tunnel process was told, checked. Made by {@link SettingsParser}.
 *
 * @param url the URL as given but for its key, as logged at start
 * @param tunnels the tunnel address: listened on by the server, dialled by the client, which may
 *     have several servers
 * @param target the target address: in reverse mode listened on by the server, dialled by the
 *     client
 * @param sources where each value came from
 */
public record Settings(
    String url,
    Role role,
    List<HostPort> tunnels,
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
    Identity identity,
    Trust trust,
    Limits limits,
    Protocol2Settings protocol2,
    Map<Setting, Source> sources) {

  public Settings {
    tunnels = List.copyOf(tunnels);
    sources = Map.copyOf(sources);
  }

  /** The first of the tunnel addresses; a server has no other. */
  public HostPort tunnel() {
    return tunnels.getFirst();
  }

  /**
   * How long a UDP flow may be silent while the tunnel drains: as long as an answer may take. A
   * flow that nobody uses must not hold the end up until it would have ended by itself.
   */
  public Duration udpWhileDraining() {
    Duration flow = protocol2.udpSession();
    return udpTimeout.compareTo(flow) < 0 ? udpTimeout : flow;
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
