package dev.nodepass.runtime.net;

import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A TCP port listened on by every event loop: Vert.x gives each loop its share of the connections
 * in turn. Thread-safe.
 *
 * <p>Closing it ends listening at once and leaves accepted connections alone; that is why the
 * {@link NetServer}s, which would close theirs, are only closed after the last connection.
 */
public final class Listener {
  private static final int BACKLOG = 4096;

  /**
   * Negative ports make Vert.x share one drawn port among the loops; each drawn port needs its own.
   */
  private static final AtomicInteger DRAWN_PORT = new AtomicInteger();

  private final Loops loops;
  private final String address;
  private final List<NetServer> servers;
  private final AtomicInteger open = new AtomicInteger();
  private volatile @Nullable Channel listening;
  private volatile boolean gone;

  private Listener(Loops loops, String address, List<NetServer> servers) {
    this.loops = loops;
    this.address = address;
    this.servers = servers;
  }

  /** Takes accepted connections. Called on the connection's loop, before anything was read. */
  @FunctionalInterface
  public interface Acceptor {
    void accepted(Loop loop, DuplexChannel channel);
  }

  /**
   * Begins to listen on all loops.
   *
   * @param port 0 to let the system draw one
   * @return fails with the bind's error; completes on one of the loops
   */
  public static Future<Listener> open(
      Loops loops, String host, int port, KeepAlive keepAlive, Acceptor acceptor) {
    // Vert.x would let it join the listener that is going, and then nobody would listen.
    return loops
        .closing(host + ":" + port)
        .compose(free -> bind(loops, host, port, keepAlive, acceptor));
  }

  private static Future<Listener> bind(
      Loops loops, String host, int port, KeepAlive keepAlive, Acceptor acceptor) {
    List<NetServer> servers = new ArrayList<>();
    Listener listener = new Listener(loops, host + ":" + port, servers);
    NetServerOptions options =
        new NetServerOptions()
            .setAcceptBacklog(BACKLOG)
            .setReuseAddress(true)
            .setTcpNoDelay(true)
            // Not Vert.x's 0, which delays acknowledgements: see Dialer.
            .setTcpQuickAck(true)
            .setTcpKeepAlive(true);
    int sharedPort = port == 0 ? DRAWN_PORT.decrementAndGet() : port;
    List<Future<NetServer>> binds = new ArrayList<>();
    for (Loop loop : loops.all()) {
      NetServer server = loops.vertx().createNetServer(options);
      server.connectHandler(socket -> listener.accept(loops, socket, keepAlive, acceptor));
      servers.add(server);
      binds.add(
          Future.future(
              bound -> loop.run(() -> server.listen(sharedPort, host).onComplete(bound))));
    }
    return Future.join(binds)
        .map(listener)
        .recover(
            failure -> {
              listener.closeServers();
              return Future.failedFuture(failure);
            });
  }

  private void accept(Loops loops, NetSocket socket, KeepAlive keepAlive, Acceptor acceptor) {
    DuplexChannel channel = Channels.takeOver(socket, keepAlive);
    listening = channel.parent();
    open.incrementAndGet();
    channel
        .closeFuture()
        .addListener(
            ended -> {
              if (open.decrementAndGet() == 0 && gone) {
                closeServers();
              }
            });
    acceptor.accepted(loops.of(channel.eventLoop()), channel);
  }

  /** The port that is listened on. */
  public int port() {
    return servers.get(0).actualPort();
  }

  /** Stops listening; connections go on. */
  public void close() {
    Channel parent = listening;
    Promise<Void> going = Promise.promise();
    loops.closing(address, going.future());
    if (parent == null) {
      closeServers().onComplete(going);
    } else {
      parent.close().addListener(closed -> going.complete());
    }
    going
        .future()
        .onSuccess(
            closed -> {
              gone = true;
              if (open.get() == 0) {
                closeServers();
              }
            });
  }

  private Future<Void> closeServers() {
    return Future.join(servers.stream().map(NetServer::close).toList()).mapEmpty();
  }
}
