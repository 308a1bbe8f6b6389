package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.PortRange;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;

/** Which ports of the range are in use by sessions. Thread-safe. */
final class RemotePorts {
  private final PortRange range;

  // Guarded by this: sessions come and go rarely.
  private final Set<Integer> used = new HashSet<>();

  RemotePorts(PortRange range) {
    this.range = range;
  }

  /**
   * Takes the lowest free port above one that did not work.
   *
   * @param after the last port tried; 0 at first
   * @return 0 to let the system draw; empty when none is left
   */
  synchronized OptionalInt take(int after) {
    if (range.isDrawn()) {
      return after == 0 ? OptionalInt.of(0) : OptionalInt.empty();
    }
    for (int port = Math.max(range.first(), after + 1); port <= range.last(); port++) {
      if (used.add(port)) {
        return OptionalInt.of(port);
      }
    }
    return OptionalInt.empty();
  }

  synchronized void giveBack(int port) {
    used.remove(port);
  }

  @Override
  public String toString() {
    return range.toString();
  }
}
