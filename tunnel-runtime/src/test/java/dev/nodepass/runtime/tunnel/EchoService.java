package dev.nodepass.runtime.tunnel;

import java.io.IOException;
import java.io.InputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a tunnel leads to: a service whose behaviour a test gives, and a UDP echo at the same port.
 */
final class EchoService implements AutoCloseable {
  private final ServerSocket listener;
  private final DatagramSocket datagrams;
  private final Behaviour behaviour;
  private final AtomicInteger accepted = new AtomicInteger();
  private final CountDownLatch reset = new CountDownLatch(1);

  private EchoService(Behaviour behaviour) throws IOException {
    this("127.0.0.1", behaviour);
  }

  private EchoService(String address, Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    InetAddress host = InetAddress.ofLiteral(address);
    listener = new ServerSocket(0, 4096, host);
    datagrams = new DatagramSocket(new InetSocketAddress(host, listener.getLocalPort()));
    Thread.ofVirtual().start(this::accept);
    Thread.ofPlatform().daemon().start(this::echoDatagrams);
  }

  /** What it does with a connection, which is closed afterwards. */
  @FunctionalInterface
  interface Behaviour {
    void serve(Socket connection) throws IOException;
  }

  /** Sends back what comes, until the end. */
  static EchoService echo() throws IOException {
    return echoOn("127.0.0.1");
  }

  /** The same on another address of this machine. */
  static EchoService echoOn(String address) throws IOException {
    return new EchoService(
        address,
        connection -> connection.getInputStream().transferTo(connection.getOutputStream()));
  }

  /** Reads to the end, then sends that all back. */
  static EchoService answersAfterTheEnd() throws IOException {
    return new EchoService(
        connection -> {
          byte[] all = connection.getInputStream().readAllBytes();
          connection.getOutputStream().write(all);
        });
  }

  /** Sends that and ends its stream, then reads to the end and remembers a reset. */
  static EchoService speaksFirst(byte[] what) throws IOException {
    return new EchoService(
        connection -> {
          connection.getOutputStream().write(what);
          connection.shutdownOutput();
          InputStream in = connection.getInputStream();
          in.transferTo(java.io.OutputStream.nullOutputStream());
        });
  }

  static EchoService that(Behaviour behaviour) throws IOException {
    return new EchoService(behaviour);
  }

  int port() {
    return listener.getLocalPort();
  }

  int accepted() {
    return accepted.get();
  }

  /** True when some connection broke, which is how a reset is seen. */
  boolean sawReset() throws InterruptedException {
    return reset.await(10, TimeUnit.SECONDS);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket connection = listener.accept();
        accepted.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(connection));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      behaviour.serve(connection);
    } catch (IOException broken) {
      reset.countDown();
    }
  }

  private void echoDatagrams() {
    byte[] buffer = new byte[65_535];
    byte[] prefix = "R:".getBytes(StandardCharsets.US_ASCII);
    while (true) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        datagrams.receive(packet);
        byte[] answer = Arrays.copyOf(prefix, prefix.length + packet.getLength());
        System.arraycopy(buffer, 0, answer, prefix.length, packet.getLength());
        datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      } catch (IOException closed) {
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    datagrams.close();
  }
}
