package dev.nodepass.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;

/**
 * The service behind a tunnel, outside of the cluster: over HTTP it answers {@code /say/TEXT} with
 * the text, and {@code /slow/SECONDS} with a byte every tenth of a second; datagrams it sends back.
 */
final class Service implements AutoCloseable {
  private static final long TENTH_NANOS = 100_000_000;

  private final HttpServer http;
  private final DatagramSocket datagrams;

  Service(int port) throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.createContext("/say/", Service::say);
    http.createContext("/slow/", Service::slow);
    http.start();
    datagrams = new DatagramSocket(port, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::echo);
  }

  private static String rest(HttpExchange exchange) {
    String path = exchange.getRequestURI().getPath();
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static void say(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] text = rest(exchange).getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(200, text.length);
      exchange.getResponseBody().write(text);
    }
  }

  private static void slow(HttpExchange exchange) throws IOException {
    try (exchange) {
      int bytes = Integer.parseInt(rest(exchange)) * 10;
      exchange.sendResponseHeaders(200, bytes);
      OutputStream body = exchange.getResponseBody();
      for (int i = 0; i < bytes; i++) {
        body.write('.');
        body.flush();
        LockSupport.parkNanos(TENTH_NANOS);
      }
    }
  }

  private void echo() {
    byte[] buffer = new byte[65_535];
    try {
      while (!datagrams.isClosed()) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        datagrams.receive(packet);
        datagrams.send(packet);
      }
    } catch (SocketException closed) {
      // The test is over.
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  @Override
  public void close() {
    http.stop(0);
    datagrams.close();
  }
}
