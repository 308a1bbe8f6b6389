package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Stands between client and server: shows the client a certificate of its own, opens TLS of its own
 * to the server with the same application protocol, and passes everything on, both ways, reading
 * along.
 */
final class ManInTheMiddle implements AutoCloseable {
  private final ServerSocket listener;
  private final SSLContext tls;
  private final int server;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final List<String> protocols = new CopyOnWriteArrayList<>();
  // Guarded by itself.
  private final StringBuilder seen = new StringBuilder();

  ManInTheMiddle(int server, ServerCertificate own) throws Exception {
    this.server = server;
    this.tls = TestCertificates.tls(own);
    this.listener = new ServerSocket(0, 512, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** Connections so far that were passed on under that application protocol. */
  long relayed(String protocol) {
    return protocols.stream().filter(protocol::equals).count();
  }

  /** True when that went by. */
  boolean hasRead(String text) {
    synchronized (seen) {
      return seen.indexOf(text) >= 0;
    }
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        Thread.ofVirtual().start(() -> relay(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void relay(Socket accepted) {
    try (SSLSocket client = (SSLSocket) tls.getSocketFactory().createSocket(accepted, null, true)) {
      client.setUseClientMode(false);
      client.setHandshakeApplicationProtocolSelector((socket, offered) -> offered.getFirst());
      client.startHandshake();
      String protocol = client.getApplicationProtocol();
      try (SSLSocket onward = HandMadeClient.connect(server, protocol, null)) {
        sockets.add(onward);
        onward.setSoTimeout(0);
        protocols.add(protocol);
        Thread back = Thread.ofVirtual().start(() -> pass(onward, client));
        pass(client, onward);
        back.join();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (Exception refused) {
      // One side did not want this, which is what the tests ask of it.
    }
  }

  private void pass(SSLSocket from, SSLSocket to) {
    byte[] buffer = new byte[16_384];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        synchronized (seen) {
          seen.append(new String(buffer, 0, length, ISO_8859_1));
        }
        out.write(buffer, 0, length);
        out.flush();
      }
    } catch (IOException broken) {
      // The other direction ends with it.
    } finally {
      close(from);
      close(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException closedAlready) {
      // That is what was wanted.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    sockets.forEach(ManInTheMiddle::close);
  }
}
