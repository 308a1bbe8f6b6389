package dev.nodepass.runtime.server;

import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.config.Trust;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.tls.Alpn;
import dev.nodepass.runtime.tls.Fingerprint;
import dev.nodepass.runtime.tls.Pem;
import dev.nodepass.runtime.tls.ServerCertificate;
import dev.nodepass.runtime.tls.TlsContexts;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executor;
import javax.net.ssl.TrustManager;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The tunnel port's certificate, followed through changes of its file, and what it demands of
 * clients. Reading is one thread's and blocks; handlers may be made on every loop.
 */
final class Credentials {
  private static final Logger LOG = Logger.getLogger(Credentials.class);

  private final TunnelContext context;
  private final Trust trust;
  private final Executor handshakes;
  private volatile Shown shown;

  /** What was read last: shown already, or soon. Only on the thread that reads. */
  private Shown latest;

  private String lastComplaint = "";

  private Credentials(TunnelContext context, Executor handshakes, Shown shown) {
    this.context = context;
    this.trust = context.settings().trust();
    this.handshakes = handshakes;
    this.shown = shown;
    this.latest = shown;
  }

  /** A certificate and the contexts that show it. */
  private record Shown(
      ServerCertificate certificate,
      String fingerprint,
      SslContext protocol1,
      SslContext protocol2) {

    static Shown of(
        TunnelContext context, ServerCertificate certificate, @Nullable TrustManager clients) {
      return new Shown(
          certificate,
          Fingerprint.ofCertificate(certificate.certificate()),
          TlsContexts.protocol1Server(certificate),
          TlsContexts.protocol2Server(certificate, clients, context.random()));
    }
  }

  /**
   * Reads the files, or makes a certificate in memory. Blocks.
   *
   * @throws TunnelFailure when a file is of no use
   */
  static Credentials load(TunnelContext context, Executor handshakes) throws TunnelFailure {
    try {
      ServerCertificate certificate = read(context);
      Credentials credentials =
          new Credentials(
              context,
              handshakes,
              Shown.of(context, certificate, clients(context.settings().trust())));
      credentials.sayPin();
      return credentials;
    } catch (Pem.PemException wrong) {
      throw TunnelFailure.forGood(String.valueOf(wrong.getMessage()));
    }
  }

  private static ServerCertificate read(TunnelContext context) throws Pem.PemException {
    Trust trust = context.settings().trust();
    Optional<Path> certificate = trust.certificate();
    Optional<Path> key = trust.certificateKey();
    return certificate.isPresent() && key.isPresent()
        ? Pem.certificate(certificate.get(), key.get())
        : ServerCertificate.inMemory(context.clock(), context.random());
  }

  private static @Nullable TrustManager clients(Trust trust) throws Pem.PemException {
    return trust.clientCa().isPresent() ? Pem.authorities(trust.clientCa().get()) : null;
  }

  /** A certificate that stays can be pinned: with a URL to paste. */
  private void sayPin() {
    if (trust.certificate().isPresent()) {
      Settings settings = context.settings();
      LOG.infof(
          "pin of this server's certificate: client://%s<host>:%d/<service>?pin=%s",
          settings.identity().hasKey() ? "<key>@" : "",
          settings.tunnel().port(),
          Fingerprint.ofKey(shown.certificate().certificate()));
    }
  }

  /** A certificate that was read and is not shown yet. */
  record Next(Shown shown) {
    /** Its SHA-256 as hex. */
    String fingerprint() {
      return shown.fingerprint();
    }
  }

  /** Reads the files again; empty when they hold what they held, or nothing of use. Blocks. */
  Optional<Next> refresh() {
    if (trust.certificate().isEmpty()) {
      return Optional.empty();
    }
    try {
      ServerCertificate read = read(context);
      lastComplaint = "";
      if (read.certificates().equals(latest.certificate().certificates())) {
        return Optional.empty();
      }
      latest = Shown.of(context, read, clients(trust));
      return Optional.of(new Next(latest));
    } catch (Pem.PemException | RuntimeException wrong) {
      String complaint = String.valueOf(wrong.getMessage());
      if (!complaint.equals(lastComplaint)) {
        lastComplaint = complaint;
        LOG.warnf("%s; the certificate read before stays in use", complaint);
      }
      return Optional.empty();
    }
  }

  /** Shows another certificate from now on. */
  void show(Next next) {
    shown = next.shown();
    LOG.info("the certificate has changed");
    sayPin();
  }

  /** SHA-256 of what is shown, as hex. */
  String fingerprint() {
    return shown.fingerprint();
  }

  /** True when a peer of protocol 1, which proves nothing, must not come in. */
  boolean demandsProof() {
    return trust.clientCa().isPresent() || context.settings().identity().hasKey();
  }

  /** A handler with the certificate of this moment, whose fingerprint goes with it. */
  record Handler(SslHandler tls, String fingerprint) {}

  Handler handler(ByteBufAllocator alloc, Alpn.Offer offer) {
    Shown now = shown;
    SslContext tls = offer instanceof Alpn.Offer.Ours ? now.protocol2() : now.protocol1();
    SslHandler handler = TlsContexts.serverHandler(tls, alloc, handshakes);
    // Each connection has a deadline of its own for all that must be done.
    handler.setHandshakeTimeoutMillis(0);
    return new Handler(handler, now.fingerprint());
  }
}
