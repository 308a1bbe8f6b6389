package dev.nodepass.runtime.config;

import java.util.Locale;

/** Which end of the tunnel a process is: the scheme of its URL. */
public enum Role {
  /** Has the public address; clients dial its tunnel port. */
  SERVER,
  /** Dials out, so that it may stand behind a firewall. */
  CLIENT;

  /** The URL scheme, {@code server} or {@code client}. */
  public String scheme() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role's name at the start of a log line, {@code Server} or {@code Client}. */
  public String title() {
    return this == SERVER ? "Server" : "Client";
  }
}
