package dev.nodepass.runtime.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * How a tunnel is, at one moment.
 *
 * @param state what it does, in a word: starting, listening, connected, draining …
 * @param detail why it is not ready; empty when it is
 * @param ready users' connections can reach a service
 * @param addresses what is listened on or dialled, by name
 * @param running users' connections now
 * @param total users' connections so far
 * @param waiting users who wait for a data connection
 * @param idle idle data connections
 * @param wanted idle data connections wanted; 0 for a server, whose clients decide
 * @param eligible sessions that can take a user
 */
public record TunnelStatus(
    String state,
    String detail,
    boolean ready,
    List<Address> addresses,
    int running,
    long total,
    int waiting,
    int idle,
    int wanted,
    int eligible,
    List<Session> sessions) {

  public TunnelStatus {
    addresses = List.copyOf(addresses);
    sessions = List.copyOf(sessions);
  }

  /** An address with what it is for, such as {@code tunnel}. */
  public record Address(String name, String address) {}

  /**
   * One control session.
   *
   * @param name of the peer; protocol 1 has none, so it is numbered
   * @param roundTrip as the kernel has it; zero when unknown
   */
  public record Session(
      String name,
      String address,
      int protocol,
      Instant since,
      int dataPort,
      int idle,
      int running,
      long total,
      Duration roundTrip) {}

  /** The slowest session's round trip in seconds, or NaN. */
  double roundTripSeconds() {
    return sessions.stream()
        .map(Session::roundTrip)
        .filter(Duration::isPositive)
        .mapToDouble(d -> d.toNanos() / 1e9)
        .max()
        .orElse(Double.NaN);
  }
}
