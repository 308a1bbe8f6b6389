package dev.nodepass.runtime.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.impl.VertxInternal;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A UDP socket on one loop. Methods may be called from every thread; datagrams come on the loop.
 */
public final class DatagramPort {
  /** The largest payload of UDP over IPv4 (RFC 768: 65,535 less both headers). */
  public static final int LARGEST_PAYLOAD = 65_507;

  private final DatagramSocket socket;

  private DatagramPort(DatagramSocket socket) {
    this.socket = socket;
  }

  /** Takes what comes in. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * @param payload whole, as sent
     */
    void received(byte[] payload, InetSocketAddress from);
  }

  /**
   * Binds.
   *
   * @param buffer bytes that the kernel is asked to keep for a slow receiver. Vert.x also reads
   *     into buffers of this size, so it must be larger than any datagram or the rest is cut off
   */
  private static Future<DatagramPort> open(
      Loops loops, Loop loop, String host, int port, boolean ipv6, int buffer, Receiver receiver) {
    return Future.future(
        opened ->
            loop.run(
                () -> {
                  DatagramSocket socket =
                      loops
                          .vertx()
                          .createDatagramSocket(
                              new DatagramSocketOptions()
                                  .setIpV6(ipv6)
                                  .setReceiveBufferSize(buffer));
                  socket.handler(
                      packet ->
                          receiver.received(
                              packet.data().getBytes(),
                              new InetSocketAddress(
                                  packet.sender().hostAddress(), packet.sender().port())));
                  socket
                      .listen(port, host)
                      .map(new DatagramPort(socket))
                      .onFailure(refused -> socket.close())
                      .onComplete(opened);
                }));
  }

  /** A port that everybody may send to. */
  public static Future<DatagramPort> listen(
      Loops loops, Loop loop, String host, int port, Receiver receiver) {
    boolean ipv6 = host.indexOf(':') >= 0;
    return open(loops, loop, host, port, ipv6, 256 * 1024, receiver);
  }

  /** A fresh port of any number from which to talk to an address of that kind. */
  public static Future<DatagramPort> talk(
      Loops loops, Loop loop, InetAddress peer, Receiver receiver) {
    boolean ipv6 = peer instanceof Inet6Address;
    return open(loops, loop, ipv6 ? "::" : "0.0.0.0", 0, ipv6, 64 * 1024, receiver);
  }

  /** Resolves a name as TCP dials do. */
  public static Future<InetAddress> resolve(Loops loops, Loop loop, String host) {
    Promise<InetAddress> found = Promise.promise();
    loop.run(() -> ((VertxInternal) loops.vertx()).resolveAddress(host, found));
    return found.future();
  }

  /** Sends one datagram; releases the payload. */
  public Future<Void> send(ByteBuf payload, InetSocketAddress to) {
    byte[] bytes = ByteBufUtil.getBytes(payload);
    payload.release();
    return socket.send(Buffer.buffer(bytes), to.getPort(), to.getAddress().getHostAddress());
  }

  /** The port that was bound. */
  public int port() {
    return socket.localAddress().port();
  }

  /** Closes it. */
  public void close() {
    socket.close();
  }
}
