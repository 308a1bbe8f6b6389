package dev.nodepass.runtime.server;

import dev.nodepass.runtime.control.Signal.Traffic;
import dev.nodepass.runtime.net.Addresses;
import dev.nodepass.runtime.net.DatagramPort;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.DatagramDrop;
import dev.nodepass.runtime.pool.WaitingRoom;
import dev.nodepass.runtime.relay.udp.Exchange;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Users' datagrams on the target port, each from arrival to answer: a data connection for each,
 * many at one time, bounded like users' connections are. Owned by one loop, but for the exchanges,
 * which run on the loops of their data connections.
 */
final class Datagrams {
  private static final Logger LOG = Logger.getLogger(Datagrams.class);

  private final ServerContext context;
  private final WaitingRoom<DataConnection> room;
  private final Loop loop;
  private final Runnable onLeft;
  private volatile boolean closed;
  private volatile @Nullable DatagramPort port;

  Datagrams(ServerContext context, WaitingRoom<DataConnection> room, Loop loop, Runnable onLeft) {
    this.context = context;
    this.room = room;
    this.loop = loop;
    this.onLeft = onLeft;
  }

  /** Answers leave by this port from now on. */
  void use(DatagramPort bound) {
    port = bound;
  }

  /** A datagram came. On the port's loop. */
  void received(byte[] payload, InetSocketAddress from) {
    if (closed) {
      drop(DatagramDrop.DRAINING, from);
    } else if (payload.length == 0) {
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
    context.metrics().dropped(reason);
    LOG.debugf("datagram of %s dropped: %s", Addresses.text(user), reason.label());
  }

  /** Takes none any more; answers still go out. */
  void close() {
    closed = true;
  }

  private void answer(InetSocketAddress user, Exchange.Result result, ByteBuf answer) {
    DatagramPort bound = port;
    if (result != Exchange.Result.ANSWERED || bound == null) {
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
    int length = answer.readableBytes();
    bound
        .send(answer, user)
        .onSuccess(
            sent -> {
              context.metrics().datagramsDown().increment();
              context.metrics().bytesDown().add(length);
              LOG.debugf("Transfer complete: %d", length);
            })
        .onFailure(failure -> drop(DatagramDrop.UNREACHABLE, user));
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
      connection.session().userStarted();
      context.metrics().takes().increment();
      connection.owningLoop().run(() -> launch(connection));
    }

    private void launch(DataConnection connection) {
      connection.take().release();
      if (!connection.channel().isActive()) {
        left(connection);
        loop.run(() -> received(payload, user));
        return;
      }
      LOG.debugf("Starting transfer: %s -> %s", connection.id(), Addresses.text(user));
      connection.session().launch(Traffic.UDP, connection.id());
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

    private void left(DataConnection connection) {
      connection.session().userEnded();
      room.left();
      onLeft.run();
    }
  }
}
