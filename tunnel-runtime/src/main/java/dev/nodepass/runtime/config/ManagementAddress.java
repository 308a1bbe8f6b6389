package dev.nodepass.runtime.config;

import org.jspecify.annotations.Nullable;

/**
 * Where health, metrics and status are served.
 *
 * @param address the address; null when the management listener is off
 * @param fallback true when any free port will do if that one is taken
 */
public record ManagementAddress(@Nullable HostPort address, boolean fallback) {
  /** Port 9000 on loopback, or a free one: so that two processes on a machine need no flags. */
  static final ManagementAddress DEFAULT =
      new ManagementAddress(new HostPort("127.0.0.1", 9000), true);

  static final ManagementAddress OFF = new ManagementAddress(null, false);
}
