package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.DatagramDrop;
import dev.nodepass.runtime.pool.WaitingRoom;
import dev.nodepass.runtime.relay.udp.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import org.jboss.logging.Logger;

/**
 * Datagrams for protocol 1 sessions, each from arrival to answer: a data connection for each, many
 * at one time, bounded like users' connections are. Owned by the loop of the UDP port, but for the
 * exchanges, which run on the loops of their data connections.
 */
final class Datagrams {
  private static final Logger LOG = Logger.getLogger(Datagrams.class);

  private final TunnelContext context;
  private final WaitingRoom<DataConnection> room;
  private final Loop loop;
  private final Runnable onLeft;
  private final UdpPort port;

  /**
   * @param port where answers leave, and where a datagram goes for which a session of protocol 2
   *     was found
   */
  Datagrams(
      TunnelContext context,
      WaitingRoom<DataConnection> room,
      Loop loop,
      UdpPort port,
      Runnable onLeft) {
    this.context = context;
    this.room = room;
    this.loop = loop;
    this.port = port;
    this.onLeft = onLeft;
  }

  /** A datagram came. On the port's loop. */
  void received(byte[] payload, InetSocketAddress from) {
    if (payload.length == 0) {
      drop(DatagramDrop.EMPTY, from);
    } else if (payload.length > context.settings().udpBuffer()) {
      drop(DatagramDrop.TOO_LARGE, from);
    } else {
      Request request = new Request(payload, from);
      switch (room.enter(request)) {
        case SERVED -> {}
        case WAITS -> request.waits();
        case FULL -> drop(DatagramDrop.NO_CONNECTION, from);
      }
    }
  }

  private void drop(DatagramDrop reason, InetSocketAddress user) {
    port.drop(reason, user);
  }

  private void answer(InetSocketAddress user, Exchange.Result result, ByteBuf answer) {
    if (result != Exchange.Result.ANSWERED) {
      answer.release();
      if (result != Exchange.Result.NONE) {
        drop(
            result == Exchange.Result.TOO_LARGE
                ? DatagramDrop.TOO_LARGE
                : DatagramDrop.CONNECTION_BROKEN,
            user);
      } else {
        drop(DatagramDrop.NO_ANSWER, user);
      }
      return;
    }
    port.answer(answer, user);
  }

  /** One datagram that is to be carried. */
  private final class Request extends WaitingRoom.Waiter<DataConnection> {
    private final byte[] payload;
    private final InetSocketAddress user;

    Request(byte[] payload, InetSocketAddress user) {
      super(loop.index());
      this.payload = payload;
      this.user = user;
    }

    void waits() {
      context.metrics().misses().increment();
      loop.after(
          Users.LONGEST_WAIT,
          () -> {
            if (room.giveUp(this)) {
              drop(DatagramDrop.NO_CONNECTION, user);
            }
          });
    }

    @Override
    protected void served(DataConnection connection) {
      if (connection.upstream().lanes() != null) {
        // The session it was meant for is gone, and this one carries flows.
        room.left();
        giveBack(connection);
        loop.run(() -> port.received(payload, user));
        return;
      }
      connection.upstream().userStarted();
      context.metrics().takes().increment();
      connection.owningLoop().run(() -> launch(connection));
    }

    private void launch(DataConnection connection) {
      if (!connection.isSilent()) {
        connection.channel().close();
        left(connection);
        loop.run(() -> port.received(payload, user));
        return;
      }
      connection.hold();
      LOG.debugf("Starting transfer: %s -> %s", connection.id(), Addresses.text(user));
      connection.launchDatagram();
      context.metrics().datagramsUp().increment();
      context.metrics().bytesUp().add(payload.length);
      Exchange.start(
          connection.owningLoop(),
          connection.channel(),
          Unpooled.wrappedBuffer(payload),
          context.settings().udpBuffer(),
          context.settings().udpTimeout(),
          (result, answer) -> {
            answer(user, result, answer);
            left(connection);
          });
    }

    private void giveBack(DataConnection connection) {
      connection
          .owningLoop()
          .run(
              () -> {
                if (connection.release()) {
                  connection.upstream().putBack(connection);
                }
              });
    }

    private void left(DataConnection connection) {
      connection.upstream().userEnded();
      room.left();
      onLeft.run();
    }
  }
}
