package dev.nodepass.runtime.serve;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.DatagramPort;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.Names;
import dev.nodepass.runtime.observe.DatagramDrop;
import dev.nodepass.runtime.pool.IdleConnection;
import dev.nodepass.runtime.relay.udp.RequestReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Data connections that were launched for one datagram (protocol 1): {@link RequestReader} → ask
 * the service → answer. Each on the loop of its connection.
 */
final class Requests {
  private static final Logger LOG = Logger.getLogger(Requests.class);

  private final TunnelContext context;
  private final Runnable onLeft;

  /**
   * @param onLeft told after each that is done
   */
  Requests(TunnelContext context, Runnable onLeft) {
    this.context = context;
    this.onLeft = onLeft;
  }

  /** Reads the datagram and serves it. On the connection's loop. */
  void read(IdleConnection connection) {
    connection.hold();
    RequestReader.start(
        connection.owningLoop(),
        connection.channel(),
        connection.take(),
        context.settings().udpBuffer(),
        context.settings().udpTimeout(),
        (result, request) -> {
          switch (result) {
            case WHOLE -> ask(connection, request);
            case TOO_LARGE -> {
              request.release();
              dropped(connection, DatagramDrop.TOO_LARGE);
            }
            case NONE -> {
              request.release();
              dropped(connection, DatagramDrop.CONNECTION_BROKEN);
            }
          }
        });
  }

  private void dropped(IdleConnection connection, DatagramDrop reason) {
    connection.channel().close();
    context.metrics().dropped(reason);
    LOG.debugf("datagram on %s dropped: %s", connection.id(), reason.label());
    onLeft.run();
  }

  private void ask(IdleConnection connection, ByteBuf request) {
    LOG.debugf("Starting transfer: %s -> %s", connection.id(), context.settings().target());
    HostPort target = context.settings().target();
    Loop on = connection.owningLoop();
    Names.resolve(context.loops(), target.hostToDial())
        .onComplete(
            resolved ->
                on.run(
                    () -> {
                      if (resolved.succeeded()) {
                        new Asking(connection, request, resolved.result().getFirst(), target.port())
                            .begin();
                      } else {
                        request.release();
                        dropped(connection, DatagramDrop.UNREACHABLE);
                      }
                    }));
  }

  /** One datagram at the service, until its answer. On the connection's loop. */
  private final class Asking {
    private final IdleConnection connection;
    private final ByteBuf request;
    private final InetSocketAddress service;
    private @Nullable DatagramPort port;
    private Loop.Timer deadline = Loop.Timer.NONE;
    private boolean over;

    Asking(IdleConnection connection, ByteBuf request, InetAddress address, int servicePort) {
      this.connection = connection;
      this.request = request;
      this.service = new InetSocketAddress(address, servicePort);
    }

    void begin() {
      Loop on = connection.owningLoop();
      deadline = on.after(context.settings().udpTimeout(), () -> end(DatagramDrop.NO_ANSWER));
      DatagramPort.talk(context.loops(), on, service.getAddress(), this::answered)
          .onComplete(
              bound ->
                  on.run(
                      () -> {
                        if (bound.failed()) {
                          request.release();
                          end(DatagramDrop.UNREACHABLE);
                        } else if (over) {
                          request.release();
                          bound.result().close();
                        } else {
                          send(bound.result());
                        }
                      }));
    }

    private void send(DatagramPort bound) {
      port = bound;
      int length = request.readableBytes();
      bound
          .send(request, service)
          .onSuccess(
              sent -> {
                context.metrics().datagramsUp().increment();
                context.metrics().bytesUp().add(length);
              })
          .onFailure(cause -> connection.owningLoop().run(() -> end(DatagramDrop.UNREACHABLE)));
    }

    private void answered(byte[] answer, InetSocketAddress from) {
      if (over || !from.equals(service)) {
        return;
      }
      if (answer.length > context.settings().udpBuffer()) {
        end(DatagramDrop.TOO_LARGE);
        return;
      }
      close();
      context.metrics().datagramsDown().increment();
      context.metrics().bytesDown().add(answer.length);
      LOG.debugf("Transfer complete: %d", answer.length);
      connection
          .channel()
          .writeAndFlush(Unpooled.wrappedBuffer(answer))
          .addListener(ChannelFutureListener.CLOSE);
      onLeft.run();
    }

    private void end(DatagramDrop reason) {
      if (!over) {
        close();
        dropped(connection, reason);
      }
    }

    private void close() {
      over = true;
      deadline.cancel();
      DatagramPort bound = port;
      if (bound != null) {
        bound.close();
      }
    }
  }
}
