package dev.nodepass.runtime.client;

import dev.nodepass.runtime.config.Identity;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.config.Trust;
import dev.nodepass.runtime.identity.KeyFile;
import dev.nodepass.runtime.identity.NamedKey;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.tls.Alpn;
import dev.nodepass.runtime.tls.AnyServer;
import dev.nodepass.runtime.tls.Fingerprint;
import dev.nodepass.runtime.tls.Pem;
import dev.nodepass.runtime.tls.ServerCertificate;
import dev.nodepass.runtime.tls.TlsContexts;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.Certificate;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What a client shows to servers, and by what it trusts them, as its files are at one moment.
 * Immutable; handlers may be made on every loop.
 *
 * @param key that it proves
 */
record ClientTls(
    Settings settings,
    Executor handshakes,
    SslContext control,
    SslContext data,
    Optional<NamedKey> key) {

  /**
   * Reads the files. Blocks.
   *
   * @throws TunnelFailure when one is of no use
   */
  static ClientTls load(TunnelContext context, Executor handshakes) throws TunnelFailure {
    Settings settings = context.settings();
    Trust trust = settings.trust();
    try {
      TrustManager trusted = trusted(trust);
      ServerCertificate own =
          trust.certificate().isPresent() && trust.certificateKey().isPresent()
              ? Pem.certificate(trust.certificate().get(), trust.certificateKey().get())
              : null;
      return new ClientTls(
          settings,
          handshakes,
          TlsContexts.client(Alpn.CONTROL, trusted, own),
          TlsContexts.client(Alpn.DATA, new AnyServer(), own),
          key(settings.identity()));
    } catch (Pem.PemException | KeyFile.KeyFileException wrong) {
      throw TunnelFailure.forGood(String.valueOf(wrong.getMessage()));
    }
  }

  private static TrustManager trusted(Trust trust) throws Pem.PemException {
    return switch (trust.ca().orElse(null)) {
      case null -> new AnyServer();
      case Trust.Authorities.OfJava java -> Pem.systemAuthorities();
      case Trust.Authorities.File file -> Pem.authorities(file.path());
    };
  }

  private static Optional<NamedKey> key(Identity identity)
      throws KeyFile.KeyFileException, TunnelFailure {
    if (identity.keyFile().isEmpty()) {
      return identity
          .key()
          .map(
              k ->
                  new NamedKey(identity.name().orElse(NamedKey.DEFAULT_NAME), k, Optional.empty()));
    }
    List<NamedKey> keys = KeyFile.read(identity.keyFile().get()).keys();
    Optional<NamedKey> found =
        identity.name().isEmpty()
            ? Optional.of(keys.getLast())
            : keys.reversed().stream()
                .filter(k -> k.name().equals(identity.name().get()))
                .findFirst();
    if (found.isEmpty()) {
      throw TunnelFailure.forGood(
          "%s: it holds no key of the name %s; its names: %s"
              .formatted(
                  identity.keyFile().get(),
                  identity.name().get(),
                  keys.stream().map(NamedKey::name).distinct().toList()));
    }
    return found;
  }

  /** True when files are read, which may change. */
  static boolean readsFiles(Settings settings) {
    Trust trust = settings.trust();
    return settings.identity().keyFile().isPresent()
        || trust.certificate().isPresent()
        || trust.ca().orElse(null) instanceof Trust.Authorities.File;
  }

  SslHandler control(DuplexChannel channel, String host, int port) {
    return TlsContexts.clientHandler(
        control,
        channel.alloc(),
        host,
        port,
        settings.trust().ca().isPresent() ? settings.trust().host().orElse(host) : null,
        handshakes);
  }

  SslHandler data(DuplexChannel channel, String host, int port) {
    return TlsContexts.clientHandler(data, channel.alloc(), host, port, null, handshakes);
  }

  /** The certificate that the server showed; null when it showed none. */
  static @Nullable Certificate shown(SslHandler handler) {
    try {
      Certificate[] chain = handler.engine().getSession().getPeerCertificates();
      return chain.length == 0 ? null : chain[0];
    } catch (SSLPeerUnverifiedException none) {
      return null;
    }
  }

  /** Why the server's certificate is not that which was pinned; empty when it is. */
  Optional<String> pinMismatch(@Nullable Certificate shown) {
    Optional<String> pin = settings.trust().pin();
    if (pin.isEmpty()) {
      return Optional.empty();
    }
    String found = shown == null ? "none" : Fingerprint.ofKey(shown);
    return found.equals(pin.get())
        ? Optional.empty()
        : Optional.of(
            "its public key is not the pinned one: pin=%s is expected, %s was shown; somebody stands between, or the server has a new key"
                .formatted(pin.get(), found));
  }

  /** Why a server that speaks protocol 1 only will not do; empty when it will. */
  Optional<String> protocol1Rejection() {
    Trust trust = settings.trust();
    String why =
        key.isPresent()
            ? "a key is set"
            : trust.verifiesServer()
                ? "pin or ca is set"
                : trust.certificate().isPresent()
                    ? "a client certificate is set"
                    : settings.protocol2().legacy() ? "" : "legacy=0 is set";
    return why.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "it speaks protocol 1 only (NodePass 1.0.x), which can prove nothing, and "
                + why
                + ": use this program on both sides, or leave that out");
  }

  /** What is to be said at start of a link that anybody may be at the end of; empty otherwise. */
  static Optional<String> warning(Settings settings) {
    return settings.identity().hasKey() || settings.trust().verifiesServer()
        ? Optional.empty()
        : Optional.of(
            "the link is encrypted, but nothing tells who the server is: anybody between could read"
                + " along; set a key on both sides (nodepass key prints one), or pin= or ca=");
  }
}
