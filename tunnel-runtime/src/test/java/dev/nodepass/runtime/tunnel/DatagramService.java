package dev.nodepass.runtime.tunnel;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A UDP service whose behaviour a test gives; it remembers who sent something. */
final class DatagramService implements AutoCloseable {
  private final DatagramSocket socket;
  private final Set<Integer> sources = ConcurrentHashMap.newKeySet();

  /** What it does about a datagram, on a thread of its own. */
  @FunctionalInterface
  interface Behaviour {
    void received(DatagramService service, byte[] payload, InetSocketAddress from)
        throws IOException;
  }

  DatagramService(Behaviour behaviour) throws IOException {
    socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
    socket.setReceiveBufferSize(4 << 20);
    Thread.ofPlatform().daemon().start(() -> serve(behaviour));
  }

  private void serve(Behaviour behaviour) {
    byte[] buffer = new byte[65_535];
    while (true) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        sources.add(packet.getPort());
        behaviour.received(
            this,
            Arrays.copyOf(buffer, packet.getLength()),
            (InetSocketAddress) packet.getSocketAddress());
      } catch (IOException closed) {
        return;
      }
    }
  }

  void send(byte[] payload, InetSocketAddress to) throws IOException {
    socket.send(new DatagramPacket(payload, payload.length, to));
  }

  int port() {
    return socket.getLocalPort();
  }

  /** The source ports that were seen. */
  Set<Integer> sources() {
    return sources;
  }

  @Override
  public void close() {
    socket.close();
  }
}
