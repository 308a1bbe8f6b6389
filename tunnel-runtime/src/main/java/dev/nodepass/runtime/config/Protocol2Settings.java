package dev.nodepass.runtime.config;

import java.time.Duration;
import java.util.Optional;

/**
 * How sessions of protocol 2 are.
 *
 * @param data whether data connections are encrypted
 * @param reuse users who may run one after the other on a data connection
 * @param lanes data connections over which UDP flows are spread
 * @param peers how many servers stand behind the address
 * @param ports a port for each named client; {@link PortRange#DRAWN} for none
 * @param legacy whether peers that speak protocol 1 only are served
 * @param udpSession UDP flows end when nothing has passed for so long
 */
public record Protocol2Settings(
    DataSecurity data,
    int reuse,
    int lanes,
    Peers peers,
    PortRange ports,
    boolean legacy,
    Duration udpSession) {

  /** How data connections travel. */
  public enum DataSecurity {
    /** Encrypted. */
    TLS,
    /** Bare, for networks that are encrypted already. */
    PLAIN
  }

  /**
   * How many instances stand behind an address.
   *
   * @param count when it is known
   * @param dnsName a name with an address for each of them, when it is not
   */
  public record Peers(int count, Optional<String> dnsName) {}
}
