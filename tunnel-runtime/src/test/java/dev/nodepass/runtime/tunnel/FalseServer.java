package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.nodepass.runtime.tls.Fingerprint;
import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import javax.net.ssl.SSLSocket;

/**
 * A server of protocol 2 by hand that answers introductions as a test wants, and counts the data
 * connections on which a client showed a ticket.
 */
final class FalseServer implements AutoCloseable {
  private final ServerSocket listener;
  private final String greeting;
  private final Function<Introduced, String> verdict;
  private final List<SSLSocket> controls = new CopyOnWriteArrayList<>();
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger introductions = new AtomicInteger();
  private final AtomicInteger tickets = new AtomicInteger();
  private volatile Shown shown;

  /** A certificate, and how many tickets came on connections that showed it. */
  private record Shown(ServerCertificate certificate, AtomicInteger tickets) {
    Shown(ServerCertificate certificate) {
      this(certificate, new AtomicInteger());
    }
  }

  /**
   * An introduction, and what the client was told and shown before.
   *
   * @param line of the client
   * @param greeting of this server
   * @param certificate its SHA-256
   */
  record Introduced(String line, String greeting, String certificate) {
    /** The proof of a server that knows the key. */
    String proof(String key, String side) {
      String name = ProtocolLines.parameter(line, "name");
      return ProtocolLines.proof(
          key,
          side,
          new ProtocolLines.Bound(
              ProtocolLines.body(greeting),
              ProtocolLines.body(line),
              ProtocolLines.parameter(greeting, "nonce"),
              ProtocolLines.parameter(line, "nonce"),
              name.isEmpty() ? "default" : name,
              certificate));
    }
  }

  /**
   * @param greeting the first line of control connections
   * @param verdict the answer to an introduction, a line or several
   */
  FalseServer(ServerCertificate shown, String greeting, Function<Introduced, String> verdict)
      throws IOException {
    this.shown = new Shown(shown);
    this.greeting = greeting;
    this.verdict = verdict;
    this.listener = new ServerSocket(0, 512, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  static String freshGreeting() {
    return "server://%s?v=2&nonce=%s".formatted(ProtocolLines.hex(16), ProtocolLines.hex(16));
  }

  /** A session line without proof. */
  static String session() {
    return "session://s1?secret=%s&interval=60000ms&mode=reverse&data=tls&peers=1"
        .formatted(ProtocolLines.hex(32));
  }

  int port() {
    return listener.getLocalPort();
  }

  int introductions() {
    return introductions.get();
  }

  int tickets() {
    return tickets.get();
  }

  /** Those on connections that came since the last {@link #show}. */
  int ticketsSinceShown() {
    return shown.tickets().get();
  }

  /** Shows that on connections which come from now on. */
  void show(ServerCertificate certificate) {
    shown = new Shown(certificate);
  }

  /** Says something on all control connections. */
  void say(String line) throws IOException {
    for (SSLSocket control : controls) {
      write(control, line);
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        sockets.add(socket);
        Thread.ofVirtual().start(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket accepted) {
    Shown now = shown;
    try (SSLSocket socket =
        (SSLSocket)
            TestCertificates.tls(now.certificate())
                .getSocketFactory()
                .createSocket(accepted, null, true)) {
      socket.setUseClientMode(false);
      socket.setHandshakeApplicationProtocolSelector((tls, offered) -> offered.getFirst());
      socket.startHandshake();
      BufferedReader in =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      if (socket.getApplicationProtocol().equals("nodepass/2")) {
        control(socket, in, Fingerprint.ofCertificate(now.certificate().certificate()));
      } else {
        data(socket, in, now);
      }
    } catch (Exception refused) {
      // The client did not want this one.
    }
  }

  private void control(SSLSocket socket, BufferedReader in, String certificate) throws IOException {
    write(socket, greeting);
    String line = in.readLine();
    if (line == null) {
      return;
    }
    introductions.incrementAndGet();
    write(socket, verdict.apply(new Introduced(line, greeting, certificate)));
    controls.add(socket);
    for (String said = in.readLine(); said != null; said = in.readLine()) {
      if (said.startsWith("ping://")) {
        write(socket, said.replace("ping", "pong"));
      }
    }
    controls.remove(socket);
  }

  private void data(SSLSocket socket, BufferedReader in, Shown now) throws IOException {
    write(socket, "server://" + ProtocolLines.body(greeting));
    String line = in.readLine();
    if (line != null) {
      tickets.incrementAndGet();
      now.tickets().incrementAndGet();
      in.readLine();
    }
  }

  private static void write(SSLSocket socket, String line) throws IOException {
    socket.getOutputStream().write((line + "\n").getBytes(US_ASCII));
    socket.getOutputStream().flush();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
