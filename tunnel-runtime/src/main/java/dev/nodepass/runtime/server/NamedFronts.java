package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.PortRange;
import dev.nodepass.runtime.listen.Front;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * A target port of its own for each named client, so that one device among many can be addressed. A
 * name's port is found by its hash, so it is the same after a restart; where two names meet, the
 * one that came second has the next free port. Owned by one loop; the fronts may be read from every
 * thread.
 */
final class NamedFronts {
  private static final Logger LOG = Logger.getLogger(NamedFronts.class);

  private final PortRange range;
  private final HostPort target;
  private final Function<HostPort, Front> maker;
  private final Map<String, Integer> ports = new TreeMap<>();
  private volatile Map<String, Front> fronts = Map.of();
  private boolean closed;

  /**
   * @param maker makes a front for an address, not yet open
   */
  NamedFronts(PortRange range, HostPort target, Function<HostPort, Front> maker) {
    this.range = range;
    this.target = target;
    this.maker = maker;
  }

  /** Opens the ports of names that are known beforehand, in the order of their names. */
  void prepare(Collection<String> names) {
    names.stream().sorted().forEach(this::of);
  }

  /** The front of a name; empty where there are no such ports, or none is left. */
  Optional<Front> of(String name) {
    if (range.isDrawn() || name.isEmpty() || closed) {
      return Optional.empty();
    }
    Front known = fronts.get(name);
    return known != null ? Optional.of(known) : open(name);
  }

  private Optional<Front> open(String name) {
    int start = Math.floorMod(name.hashCode(), range.size());
    for (int i = 0; i < range.size(); i++) {
      int port = range.first() + (start + i) % range.size();
      if (!ports.containsValue(port)) {
        ports.put(name, port);
        Front front = maker.apply(target.withPort(port));
        Map<String, Front> more = new TreeMap<>(fronts);
        more.put(name, front);
        fronts = more;
        front
            .open()
            .onSuccess(opened -> LOG.infof("port %d is that of client %s", port, name))
            .onFailure(cause -> LOG.warnf("the port of client %s: %s", name, cause.getMessage()));
        return Optional.of(front);
      }
    }
    LOG.warnf("client %s has no port of its own: all of ports=%s are taken", name, range);
    return Optional.empty();
  }

  /** All that are open, by name. */
  Map<String, Front> all() {
    return fronts;
  }

  /** Their fronts. */
  List<Front> fronts() {
    return new ArrayList<>(fronts.values());
  }

  /** Opens no more. */
  void close() {
    closed = true;
  }
}
