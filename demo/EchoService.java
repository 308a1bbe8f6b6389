import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.Executors;

/**
 * The service of the demo, run from its source: HTTP on TCP and an echo on UDP, at the same port of
 * loopback. {@code GET /} greets, {@code GET /big?mib=n} sends n MiB, {@code POST /} returns how much
 * came.
 */
final class EchoService {
  private static final int LARGEST_DATAGRAM = 65_507;

  private EchoService() {}

  public static void main(String[] args) throws IOException {
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
    HttpServer http = HttpServer.create(address, 0);
    http.createContext(
        "/",
        request -> {
          try (request) {
            byte[] body = request.getRequestBody().readAllBytes();
            String query = request.getRequestURI().getQuery();
            byte[] answer;
            if (query != null && query.startsWith("mib=")) {
              answer = new byte[Integer.parseInt(query.substring(4)) << 20];
            } else if (body.length > 0) {
              answer = text("the service got " + body.length + " bytes\n");
            } else {
              String now = LocalTime.now().truncatedTo(ChronoUnit.SECONDS).toString();
              answer = text("hello from the service behind the tunnel, it is " + now + "\n");
            }
            request.sendResponseHeaders(200, answer.length);
            request.getResponseBody().write(answer);
          }
        });
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.start();
    Thread.ofPlatform().daemon().start(() -> echoDatagrams(address));
    System.out.println("ready");
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void echoDatagrams(InetSocketAddress address) {
    byte[] buffer = new byte[LARGEST_DATAGRAM];
    try (DatagramSocket socket = new DatagramSocket(address)) {
      while (true) {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        socket.receive(packet);
        byte[] said = java.util.Arrays.copyOf(buffer, packet.getLength());
        byte[] answer = text("echo: " + new String(said, StandardCharsets.UTF_8));
        socket.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
      }
    } catch (IOException closed) {
      System.err.println("the UDP echo ended: " + closed.getMessage());
    }
  }
}
