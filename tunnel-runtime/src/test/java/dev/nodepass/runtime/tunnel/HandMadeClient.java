package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a client of protocol 2 that says what a test wants: TLS 1.3 by the JDK, lines
 * as docs/protocol.md has them. Blocking, with time limits.
 */
final class HandMadeClient implements AutoCloseable {
  /**
   * Left alone, Linux takes megabytes in for a server that reads nothing. With this what was sent
   * is what the server has read, but for a hundred kilobytes.
   */
  private static final int SEND_BUFFER = 32 * 1024;

  private static final int PATIENCE_MILLIS = 15_000;

  private final SSLSocket socket;
  private final InputStream in;
  private final String greeting;

  private HandMadeClient(SSLSocket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream());
    this.greeting = readLine();
  }

  /** A session that stands, as the server granted it. */
  record Granted(String id, String secret) {
    /** The line of a data connection. */
    String data(long number) {
      return "data://%s/%d?ticket=%s\n"
          .formatted(id, number, ProtocolLines.ticket(secret, id, Long.toString(number)));
    }
  }

  /** A control connection that was greeted. */
  static HandMadeClient control(int port) throws Exception {
    return new HandMadeClient(connect(port, "nodepass/2", null));
  }

  static HandMadeClient control(int port, @Nullable ServerCertificate own) throws Exception {
    return new HandMadeClient(connect(port, "nodepass/2", own));
  }

  /** A data connection whose server has named itself. */
  static HandMadeClient data(int port) throws Exception {
    return new HandMadeClient(connect(port, "nodepass-data/2", null));
  }

  static HandMadeClient data(int port, @Nullable ServerCertificate own) throws Exception {
    return new HandMadeClient(connect(port, "nodepass-data/2", own));
  }

  /** After the TLS handshake, as far as this side can tell. */
  static SSLSocket connect(int port, String protocol, @Nullable ServerCertificate own)
      throws Exception {
    SSLSocket socket =
        (SSLSocket)
            TestCertificates.tls(own)
                .getSocketFactory()
                .createSocket(User.connect(port), "127.0.0.1", port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setApplicationProtocols(new String[] {protocol});
    parameters.setProtocols(new String[] {"TLSv1.3"});
    socket.setSSLParameters(parameters);
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setSendBufferSize(SEND_BUFFER);
    socket.startHandshake();
    return socket;
  }

  // ---- lines

  String greeting() {
    return greeting;
  }

  /** The next line; empty at the end. */
  String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    try {
      for (int next = in.read(); next >= 0; next = in.read()) {
        if (next == '\n') {
          return line.toString();
        }
        line.append((char) next);
      }
    } catch (java.net.SocketTimeoutException silent) {
      throw silent;
    } catch (IOException reset) {
      // An end as well.
    }
    return "";
  }

  /** The next line that begins so; what comes before it is left out. */
  String awaitLine(String beginning) throws IOException {
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      if (line.startsWith(beginning)) {
        return line;
      }
    }
    throw new IOException("the connection ended before " + beginning);
  }

  /** The next byte; below zero at the end. */
  int read() throws IOException {
    return in.read();
  }

  /** The same as {@link #send}, where the server may have closed already. */
  void sendUnlessClosed(String text) {
    try {
      send(text);
    } catch (IOException closed) {
      // As it may be.
    }
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(ISO_8859_1));
    socket.getOutputStream().flush();
  }

  /** SHA-256 of the certificate that was shown. */
  String certificate() throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256")
                .digest(socket.getSession().getPeerCertificates()[0].getEncoded()));
  }

  // ---- what a good client says

  /** How this connection proves a key. */
  String introduction(String key, String name) throws Exception {
    return introduction(ProtocolLines.hex(16), key, name, Map.of());
  }

  String introduction(String instance, String key, String name, Map<String, String> more)
      throws Exception {
    String nonce = ProtocolLines.hex(16);
    String proof =
        ProtocolLines.proof(
            key,
            "client",
            new ProtocolLines.Bound(
                ProtocolLines.body(greeting),
                instance,
                ProtocolLines.parameter(greeting, "nonce"),
                nonce,
                name,
                certificate()));
    StringBuilder line =
        new StringBuilder(
            "client://%s?v=2&nonce=%s&name=%s&proof=%s".formatted(instance, nonce, name, proof));
    more.forEach(
        (parameter, value) -> line.append('&').append(parameter).append('=').append(value));
    return line.append('\n').toString();
  }

  /** Says who it is without any proof. */
  static String unproven() {
    return "client://%s?v=2&nonce=%s\n".formatted(ProtocolLines.hex(16), ProtocolLines.hex(16));
  }

  /** Sends an introduction that the server takes. */
  Granted taken(String introduction) throws IOException {
    send(introduction);
    String session = readLine();
    assertTrue(session.startsWith("session://"), session);
    return new Granted(ProtocolLines.body(session), ProtocolLines.parameter(session, "secret"));
  }

  /** Reads what still comes until the server closes. */
  void awaitEnd() throws IOException {
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      assertTrue(line.length() < 5_000, "lines are short");
    }
  }

  SSLSocket socket() {
    return socket;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
