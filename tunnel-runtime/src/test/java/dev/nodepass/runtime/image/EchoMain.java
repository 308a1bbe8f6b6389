package dev.nodepass.runtime.image;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * A service that sends back what comes, by TCP and UDP. It runs in a container, on the Java of the
 * tunnel's image, where no other class of the tests is.
 */
final class EchoMain {
  private EchoMain() {}

  public static void main(String... arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    DatagramSocket datagrams = new DatagramSocket(port);
    Thread.ofPlatform().start(() -> echo(datagrams));
    try (ServerSocket listener = new ServerSocket(port, 1000)) {
      System.out.println("service started");
      while (true) {
        Socket connection = listener.accept();
        Thread.ofVirtual().start(() -> echo(connection));
      }
    }
  }

  private static void echo(Socket connection) {
    try (connection) {
      connection.getInputStream().transferTo(connection.getOutputStream());
    } catch (IOException broken) {
      // Whoever came sees it.
    }
  }

  private static void echo(DatagramSocket socket) {
    byte[] buffer = new byte[65_535];
    while (true) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        socket.send(packet);
      } catch (IOException failed) {
        System.out.println(failed);
        return;
      }
    }
  }
}
