import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/**
 * The user of the demo, run from its source: asks what the demo shows, prints what came, and exits with 1
 * when something is not as it should be.
 */
final class Ask {
  private Ask() {}

  public static void main(String[] args) throws Exception {
    if (args[0].equals("ports")) {
      ports(Integer.parseInt(args[1]));
      return;
    }
    int target = Integer.parseInt(args[0]);
    HttpClient http = HttpClient.newHttpClient();
    URI home = URI.create("http://127.0.0.1:" + target + "/");

    long began = System.nanoTime();
    String greeting = http.send(HttpRequest.newBuilder(home).build(), text()).body();
    say("TCP  GET /          -> %s   (%.1f ms)", greeting.strip(), millis(began));
    expect(greeting.startsWith("hello"), "a greeting");

    byte[] upload = new byte[32 << 20];
    began = System.nanoTime();
    HttpRequest post =
        HttpRequest.newBuilder(home).POST(HttpRequest.BodyPublishers.ofByteArray(upload)).build();
    String counted = http.send(post, text()).body();
    say("TCP  POST 32 MiB    -> %s   (%s)", counted.strip(), speed(upload.length, began));
    expect(counted.contains(" " + upload.length + " "), "all bytes of the upload");

    began = System.nanoTime();
    HttpRequest get = HttpRequest.newBuilder(home.resolve("/big?mib=64")).build();
    long came = http.send(get, HttpResponse.BodyHandlers.ofByteArray()).body().length;
    say("TCP  GET 64 MiB     -> %d bytes   (%s)", came, speed(came, began));
    expect(came == 64L << 20, "all bytes of the download");

    try (DatagramSocket udp = new DatagramSocket()) {
      udp.setSoTimeout(5000);
      began = System.nanoTime();
      byte[] question = "a datagram".getBytes(StandardCharsets.UTF_8);
      udp.send(
          new DatagramPacket(
              question,
              question.length,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), target)));
      DatagramPacket answer = new DatagramPacket(new byte[2048], 2048);
      udp.receive(answer);
      String said =
          new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
      say("UDP  'a datagram'   -> '%s'   (%.1f ms)", said, millis(began));
      expect(said.equals("echo: a datagram"), "the echo");
    }
  }

  /** Prints that many free ports, which stay free for as long as nobody else takes them. */
  private static void ports(int count) throws java.io.IOException {
    StringBuilder line = new StringBuilder();
    ServerSocket[] held = new ServerSocket[count];
    for (int i = 0; i < count; i++) {
      held[i] = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      line.append(held[i].getLocalPort()).append(' ');
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    System.out.println(line.toString().strip());
  }

  private static HttpResponse.BodyHandler<String> text() {
    return HttpResponse.BodyHandlers.ofString();
  }

  private static double millis(long began) {
    return (System.nanoTime() - began) / 1e6;
  }

  private static String speed(long bytes, long began) {
    double seconds = (System.nanoTime() - began) / 1e9;
    return "%.0f MiB/s".formatted(bytes / seconds / (1 << 20));
  }

  private static void say(String format, Object... args) {
    System.out.println("  user    " + format.formatted(args));
  }

  private static void expect(boolean right, String what) {
    if (!right) {
      System.err.println("demo: expected " + what);
      System.exit(1);
    }
  }
}
