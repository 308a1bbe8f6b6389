package dev.nodepass.runtime.server;

import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.listen.ProxiedConnection;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tunnel port: whoever connects is a stranger until it has shown who it is. Strangers have a
 * deadline, and they are capped in all and for each source, so that whoever only connects disturbs
 * nobody. Thread-safe.
 */
final class TunnelPort {
  /** Connections that have not shown who they are, in all. */
  static final int MOST_STRANGERS = 512;

  /** The same from one address at which no client is known. */
  static final int MOST_STRANGERS_PER_SOURCE = 64;

  private final TunnelContext context;
  private final Arrival.Doors doors;
  private final Set<Arrival> strangers = ConcurrentHashMap.newKeySet();
  private final ConcurrentHashMap<InetAddress, Integer> sources = new ConcurrentHashMap<>();
  private volatile boolean closed;

  /**
   * @param doors where those go who have shown what they are
   */
  TunnelPort(TunnelContext context, Arrival.Doors doors) {
    this.context = context;
    this.doors = doors;
  }

  /** A connection came. On its loop, before anything was read. */
  void accepted(Loop loop, DuplexChannel channel) {
    if (context.settings().limits().acceptProxy()) {
      ProxiedConnection.read(
          loop,
          channel,
          context.refusals(),
          (addresses, rest) -> enter(loop, channel, addresses.from(), rest));
    } else {
      enter(loop, channel, Channels.remote(channel), Early.NOTHING);
    }
  }

  private void enter(Loop loop, DuplexChannel channel, InetSocketAddress from, Early early) {
    InetAddress source = from.getAddress();
    if (!context.settings().limits().allowClients().contains(source)) {
      refuse(
          channel,
          from,
          early,
          Refusal.CLIENT_NOT_ALLOWED,
          "its address is not in allow-clients=" + context.settings().limits().allowClients());
    } else if (strangers.size() >= MOST_STRANGERS && !doors.isKnown(source)) {
      refuse(
          channel,
          from,
          early,
          Refusal.HANDSHAKES_LIMIT,
          MOST_STRANGERS + " handshakes are under way");
    } else if (sources.merge(source, 1, Integer::sum) > MOST_STRANGERS_PER_SOURCE
        && !doors.isKnown(source)) {
      forget(source);
      refuse(
          channel,
          from,
          early,
          Refusal.HANDSHAKES_SOURCE_LIMIT,
          MOST_STRANGERS_PER_SOURCE + " handshakes from this address are under way");
    } else {
      Arrival arrival = new Arrival(context, doors, loop, channel, from, this::known);
      strangers.add(arrival);
      if (closed) {
        arrival.close();
      }
      arrival.begin(early);
    }
  }

  private void refuse(
      DuplexChannel channel, InetSocketAddress from, Early early, Refusal reason, String why) {
    early.release();
    context
        .refusals()
        .add(
            reason,
            "a connection from %s to the tunnel port was refused: %s"
                .formatted(Addresses.text(from), why));
    channel.close();
  }

  /** It has shown who it is, or is gone. */
  private void known(Arrival arrival) {
    if (strangers.remove(arrival)) {
      forget(arrival.source());
    }
  }

  private void forget(InetAddress source) {
    sources.computeIfPresent(source, (address, count) -> count == 1 ? null : count - 1);
  }

  /** Turns all strangers away. */
  void close() {
    closed = true;
    strangers.forEach(Arrival::close);
  }
}
