package dev.nodepass.runtime.tunnel;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.tls.Fingerprint;
import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Keys and certificates are exchanged while users come and stay; none of them notices. */
@Timeout(120)
final class RotationIT {
  private static final String FIRST = "alice the-first-key-of-alice-0123456789";
  private static final String SECOND = "alice the-second-key-of-alice-012345678";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @RegisterExtension final Resources resources = new Resources();

  private Path folder;
  private EchoService service;
  private LogLines log;

  @SuppressWarnings("NullAway.Init") // Made before each test.
  RotationIT() {}

  @BeforeEach
  void open(@TempDir Path into) throws Exception {
    folder = into;
    service = resources.closing(EchoService.echo());
    log = resources.closing(new LogLines());
  }

  // ---- where keys stand

  private interface Place {
    Path path();

    void put(String... lines) throws IOException;
  }

  /** A file that is replaced at once. */
  private record OneFile(Path path) implements Place {
    @Override
    public void put(String... lines) throws IOException {
      Path fresh = Path.of(path + ".new");
      Files.write(fresh, List.of(lines));
      Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /**
   * As Kubernetes mounts a Secret: {@code keys -> ..data/keys}, {@code ..data -> ..<version>}, and
   * a new version by a new {@code ..data} in one step.
   */
  private record Mounted(Path path) implements Place {
    @Override
    public void put(String... lines) throws IOException {
      Path version = Files.createTempDirectory(path, "..version");
      Files.write(version.resolve("keys"), List.of(lines));
      Path fresh = path.resolve("..data_tmp");
      Files.createSymbolicLink(fresh, version.getFileName());
      Files.move(fresh, path.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
      Path keys = path.resolve("keys");
      if (!Files.isSymbolicLink(keys)) {
        Files.createSymbolicLink(keys, Path.of("..data", "keys"));
      }
    }
  }

  private Place oneFile(String name) {
    return new OneFile(folder.resolve(name));
  }

  // ---- tunnels

  private TestTunnel server(Place keys, String more) {
    return resources.closing(
        TestTunnel.of(
                Transport.usual(),
                "server://127.0.0.1:0/127.0.0.1:0?key-file=%s%s".formatted(keys.path(), more),
                Map.of("SHUTDOWN_TIMEOUT", "2s"))
            .awaitUp());
  }

  /** With the key of such a line. */
  private TestTunnel client(TestTunnel server, String line) {
    return resources.closing(
        TestTunnel.of(
            Transport.usual(),
            "client://%s@127.0.0.1:%d/127.0.0.1:%d?name=alice"
                .formatted(line.replace("alice ", ""), server.tunnelPort(), service.port()),
            Map.of("SERVICE_COOLDOWN", "500ms")));
  }

  private TestTunnel client(TestTunnel server, Place keys) {
    return resources.closing(
        TestTunnel.of(
            Transport.usual(),
            "client://127.0.0.1:%d/127.0.0.1:%d?key-file=%s"
                .formatted(server.tunnelPort(), service.port(), keys.path()),
            Map.of("SERVICE_COOLDOWN", "500ms")));
  }

  private void awaitSaid(String words, int times) {
    await().atMost(PATIENCE).until(() -> log.with(words).size() >= times);
  }

  // ---- keys

  @Test
  void oneClientFollowsAnotherWithTheNextKeyAndNobodyNotices() throws Exception {
    rotate(oneFile("keys"));
  }

  @Test
  void theSameWhereTheKeysAreAMountedSecret() throws Exception {
    rotate(new Mounted(Files.createDirectory(folder.resolve("mount"))));
  }

  private void rotate(Place keys) throws Exception {
    keys.put(FIRST);
    TestTunnel server = server(keys, "");
    TestTunnel before = client(server, FIRST);
    before.awaitReady();
    server.awaitReady();
    Load load = resources.closing(new Load(server.targetPort()));

    keys.put(FIRST, SECOND);
    awaitSaid("keys were read again: 2", 1);
    TestTunnel after = client(server, SECOND);
    after.awaitReady();
    await().atMost(PATIENCE).until(() -> server.status().eligible() == 2);
    load.awaitMore();

    keys.put(SECOND);
    awaitSaid("its key has been removed or has ended", 1);
    await().atMost(PATIENCE).until(() -> server.status().sessions().size() == 1);
    load.awaitMore();
    await().atMost(PATIENCE).until(() -> server.refused(Refusal.UNAUTHORIZED) > 0);
    load.awaitMore();
    load.close();
    assertEquals(1, server.status().sessions().size());
    assertEquals(0, before.status().sessions().size());
    assertEquals(0, after.refusals().size());
  }

  @Test
  void aClientWhoseKeyFileHasTheNextKeyMovesByItselfAndNobodyNotices() throws Exception {
    Place ofServer = oneFile("server-keys");
    Place ofClient = oneFile("client-keys");
    ofServer.put(FIRST);
    ofClient.put(FIRST);
    // The old session could stay for its running users longer than any user waits for the next.
    TestTunnel server = server(ofServer, "&shutdown=30s");
    TestTunnel client = client(server, ofClient);
    client.awaitReady();
    server.awaitReady();
    Load load = resources.closing(new Load(server.targetPort()));

    ofServer.put(FIRST, SECOND);
    awaitSaid("keys were read again: 2", 1);
    ofClient.put(FIRST, SECOND);
    load.awaitMore();
    ofServer.put(SECOND);
    awaitSaid("its key has been removed or has ended", 1);
    awaitSaid("client connected", 2);
    load.awaitMore();
    await()
        .atMost(PATIENCE)
        .until(() -> server.status().sessions().size() == 1 && server.status().eligible() == 1);
    load.awaitMore();
    load.close();
    assertEquals(0, server.refused(Refusal.UNAUTHORIZED));
    assertEquals(0, client.refusals().size());
  }

  @Test
  void aClientReadsItsKeyFileAnewWhenItComesBack() throws Exception {
    Place ofServer = oneFile("server-keys");
    Place ofClient = oneFile("client-keys");
    ofServer.put(SECOND);
    ofClient.put(FIRST);
    TestTunnel server = server(ofServer, "");
    TestTunnel client = client(server, ofClient);
    await().atMost(PATIENCE).until(() -> server.refused(Refusal.UNAUTHORIZED) > 0);

    ofClient.put(SECOND);
    client.awaitReady();
    assertEquals("alice", server.status().sessions().getFirst().name());
  }

  @Test
  void aKeyFileThatIsEmptyOrGoneOpensTheServerToNobody() throws Exception {
    Place keys = oneFile("keys");
    keys.put(FIRST);
    TestTunnel server = server(keys, "");
    client(server, FIRST).awaitReady();

    keys.put("# none");
    awaitSaid("it holds no key", 1);
    assertUnprovenIsRefused(server);
    Files.delete(keys.path());
    awaitSaid("there is no such key file", 1);
    assertUnprovenIsRefused(server);

    // The keys read before are good still.
    client(server, FIRST).awaitReady();
    assertEquals(1, log.with("it holds no key").size());
    assertEquals(1, log.with("there is no such key file").size());
  }

  private static void assertUnprovenIsRefused(TestTunnel server) throws Exception {
    try (HandMadeClient stranger = HandMadeClient.control(server.tunnelPort())) {
      stranger.send(HandMadeClient.unproven());
      assertTrue(stranger.readLine().startsWith("refused://unauthorized"));
    }
  }

  @Test
  void whoeverComesInWhileTheKeyIsRemovedDoesNotStay() throws Exception {
    Place keys = oneFile("keys");
    keys.put(FIRST, SECOND);
    TestTunnel server = server(keys, "");
    String key = FIRST.replace("alice ", "");
    Thread removal =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    keys.put(SECOND);
                  } catch (IOException broken) {
                    throw new IllegalStateException(broken);
                  }
                });
    int came = 0;
    String verdict;
    do {
      HandMadeClient client = resources.closing(HandMadeClient.control(server.tunnelPort()));
      client.send(client.introduction(key, "alice"));
      verdict = client.readLine();
      came += verdict.startsWith("session://") ? 1 : 0;
    } while (verdict.startsWith("session://"));
    removal.join();

    assertTrue(came > 0, "nobody came in before");
    assertTrue(verdict.startsWith("refused://unauthorized"), verdict);
    await().atMost(PATIENCE).until(() -> server.status().sessions().isEmpty());
  }

  @Test
  void aForwardClientWhoseKeyIsGoneReachesTheServiceNoMore() throws Exception {
    Place keys = oneFile("keys");
    keys.put(FIRST, SECOND);
    TestTunnel server =
        resources.closing(
            TestTunnel.of(
                    Transport.usual(),
                    "server://127.0.0.1:0/127.0.0.1:%d?mode=forward&key-file=%s"
                        .formatted(service.port(), keys.path()),
                    Map.of("SHUTDOWN_TIMEOUT", "500ms"))
                .awaitUp());
    HandMadeClient session = resources.closing(HandMadeClient.control(server.tunnelPort()));
    HandMadeClient.Granted granted =
        session.taken(session.introduction(FIRST.replace("alice ", ""), "alice"));
    HandMadeClient data = resources.closing(HandMadeClient.data(server.tunnelPort()));
    data.send(granted.data(1));
    data.send("tcp://1\n");
    assertEquals("ok://", data.readLine());
    await().until(() -> service.accepted() == 1);

    keys.put(SECOND);
    session.awaitEnd();

    // Who runs goes on. When that user is done, the connection takes no other.
    byte[] fin = {2, 0, 0, 0};
    data.socket().getOutputStream().write(fin);
    assertEquals(2, data.read());
    assertEquals(0, data.read() + data.read() + data.read());
    data.sendUnlessClosed("tcp://2\n");
    assertEquals("", data.readLine());
    assertEquals(1, service.accepted());
  }

  // ---- certificates

  private static ServerCertificate fresh() {
    return ServerCertificate.inMemory(InstantSource.system(), new SecureRandom());
  }

  private static String shownBy(TestTunnel server) throws Exception {
    try (HandMadeClient control = HandMadeClient.control(server.tunnelPort())) {
      return control.certificate();
    }
  }

  @Test
  void theCertificateIsExchangedTwiceAndNobodyNotices() throws Exception {
    Place keys = oneFile("keys");
    keys.put(FIRST);
    ServerCertificate first = fresh();
    TestCertificates.PemFiles files = TestCertificates.write(folder, "server", first);
    TestTunnel server = server(keys, "&" + files.query());
    TestTunnel client = client(server, FIRST);
    client.awaitReady();
    server.awaitReady();
    HandMadeClient observer = resources.closing(HandMadeClient.control(server.tunnelPort()));
    HandMadeClient.Granted observed =
        observer.taken(observer.introduction(FIRST.replace("alice ", ""), "alice"));
    assertTrue(!observed.id().isEmpty());
    assertEquals(Fingerprint.ofCertificate(first.certificate()), shownBy(server));
    Load load = resources.closing(new Load(server.targetPort()));

    String before = shownBy(server);
    for (int turn = 1; turn <= 2; turn++) {
      ServerCertificate next = fresh();
      String fingerprint = Fingerprint.ofCertificate(next.certificate());
      files.replaceBy(next);
      assertEquals("cert://" + fingerprint, observer.awaitLine("cert://"));
      // Who comes between the announcement and the exchange must hear of it too.
      String shownBetween = shownBy(server);
      HandMadeClient between = resources.closing(HandMadeClient.control(server.tunnelPort()));
      between.taken(between.introduction(FIRST.replace("alice ", ""), "alice"));
      if (between.certificate().equals(before)) {
        assertEquals("cert://" + fingerprint, between.awaitLine("cert://"));
      }
      assertTrue(List.of(before, fingerprint).contains(shownBetween));
      awaitSaid("the certificate has changed", turn);
      assertEquals(fingerprint, shownBy(server));
      load.awaitMore();
      before = fingerprint;
    }

    // Data connections show the new one only: they have been made anew for all these users.
    load.awaitMore();
    load.close();
    assertEquals(2, log.with("the certificate has changed").size());
    assertEquals(0, client.refusals().size(), () -> client.refusals().toString());
    assertEquals(0, server.refused(Refusal.TICKET));
    client(server, FIRST).awaitReady();
  }

  @Test
  void aBrokenCertificateChangesNothingAndIsSaidOnce() throws Exception {
    Place keys = oneFile("keys");
    keys.put(FIRST);
    ServerCertificate first = fresh();
    TestCertificates.PemFiles files = TestCertificates.write(folder, "server", first);
    TestTunnel server = server(keys, "&" + files.query());
    ServerCertificate next = fresh();
    String whole = TestCertificates.pem(next);

    Files.writeString(files.certificate(), whole.substring(0, whole.length() / 2));
    awaitSaid("it cannot be read as PEM; the certificate read before stays in use", 1);
    awaitThreeRefreshes(keys);
    assertEquals(1, log.with("cannot be read as PEM").size());

    // The certificate is new, the key is still the old one.
    Files.writeString(files.certificate(), whole);
    awaitSaid("this private key does not belong to", 1);
    awaitThreeRefreshes(keys);
    assertEquals(1, log.with("this private key does not belong to").size());
    assertEquals(Fingerprint.ofCertificate(first.certificate()), shownBy(server));
    assertEquals(0, log.with("the certificate has changed").size());

    files.replaceBy(next);
    awaitSaid("the certificate has changed", 1);
    assertEquals(Fingerprint.ofCertificate(next.certificate()), shownBy(server));
    client(server, FIRST).awaitReady();
  }

  /** Keys and certificates are read in one go, again and again. */
  private void awaitThreeRefreshes(Place keys) throws IOException {
    for (int i = 0; i < 3; i++) {
      int before = log.with("keys were read again").size();
      if (before % 2 == 0) {
        keys.put(FIRST, SECOND);
      } else {
        keys.put(FIRST);
      }
      awaitSaid("keys were read again", before + 1);
    }
  }
}
