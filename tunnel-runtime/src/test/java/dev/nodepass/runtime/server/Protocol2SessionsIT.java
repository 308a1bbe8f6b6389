package dev.nodepass.runtime.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.MessageCodec;
import dev.nodepass.runtime.control.SessionMode;
import dev.nodepass.runtime.identity.KeyRing;
import dev.nodepass.runtime.identity.Nonces;
import dev.nodepass.runtime.identity.WatchedKeys;
import dev.nodepass.runtime.lifecycle.TestContext;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Peer;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.TestLoops.Connection;
import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.session.DataSide;
import dev.nodepass.runtime.session.ListeningSide;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * News for all clients reach one as well that is just coming in: its session is granted, and it is
 * not among the others yet.
 */
class Protocol2SessionsIT {
  private final SecureRandom random = new SecureRandom();
  private final TestLoops net = new TestLoops(Transport.usual(), 1);
  private final TunnelContext context =
      TestContext.of(net.loops(), "server://127.0.0.1:1/127.0.0.1:2?shutdown=7s", Map.of());

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  /** Takes a client in; the news come when its session has been granted. */
  private BufferedReader comesInDuring(Consumer<Protocol2Sessions> news) throws Exception {
    WatchedKeys noKeys = new WatchedKeys(KeyRing.EMPTY, Optional.empty());
    Sides sides = new Sides(news);
    Protocol2Sessions sessions = new Protocol2Sessions(context, noKeys, SessionMode.REVERSE, sides);
    sides.sessions = Optional.of(sessions);
    Connection connection = net.connections().next();
    InetSocketAddress somebody = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    connection.onLoop(
        () ->
            new Protocol2Session(
                    context,
                    sessions,
                    connection.loop(),
                    connection.channel(),
                    somebody,
                    sessions.greeting(),
                    "",
                    () -> {})
                .begin());
    Peer client = connection.peer();
    client.send(MessageCodec.encode(introduction()).getBytes(US_ASCII));
    BufferedReader lines = new BufferedReader(new InputStreamReader(client.input(), US_ASCII));
    assertEquals("server", scheme(lines.readLine()));
    return lines;
  }

  private Message introduction() {
    return new Message.Client(
        Nonces.instance(random),
        2,
        Nonces.nonce(random),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false);
  }

  private static String scheme(String line) {
    return line.substring(0, line.indexOf(':'));
  }

  private static Message next(BufferedReader lines) throws IOException {
    MessageCodec.Decoded.Known known =
        (MessageCodec.Decoded.Known) MessageCodec.decode(lines.readLine());
    return known.message();
  }

  @Test
  void itHearsThatThereAreMoreServers() throws Exception {
    BufferedReader lines = comesInDuring(sessions -> sessions.peers(3));

    assertEquals(1, ((Message.Session) next(lines)).peers());
    assertEquals(new Message.Peers(3), next(lines));
  }

  @Test
  void itHearsThatTheServerDrains() throws Exception {
    BufferedReader lines = comesInDuring(Protocol2Sessions::drain);

    assertEquals("session", scheme(lines.readLine()));
    assertEquals(new Message.Drain(Duration.ofSeconds(7)), next(lines));
  }

  @Test
  void itHearsOfTheNextCertificate() throws Exception {
    String next = "ab".repeat(32);
    BufferedReader lines = comesInDuring(sessions -> sessions.announce(next));

    assertEquals("session", scheme(lines.readLine()));
    assertEquals(new Message.Certificate(next), next(lines));
  }

  /** Sides without any data connections. */
  private final class Sides implements Protocol2Sessions.Sides {
    private final Consumer<Protocol2Sessions> news;
    private Optional<Protocol2Sessions> sessions = Optional.empty();

    Sides(Consumer<Protocol2Sessions> news) {
      this.news = news;
    }

    @Override
    public DataSide side(Protocol2Session session, String name) {
      news.accept(sessions.orElseThrow());
      return new ListeningSide(
          context,
          name,
          new ListeningSide.Events() {
            @Override
            public void arrived() {}

            @Override
            public void taken() {}

            @Override
            public void lost(long lived) {}

            @Override
            public void usersWait(int count) {}
          });
    }

    @Override
    public void begun(Protocol2Session session, DataSide side) {}

    @Override
    public void ended(Protocol2Session session, Optional<DataSide> side) {}
  }
}
