package dev.nodepass.runtime.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The TLS settings of both roles. Protocol 1: TLS 1.2 or 1.3 by the JDK's engine. Protocol 2: TLS
 * 1.3 only, by BoringSSL where it is there, else by the JDK's engine.
 */
public final class TlsContexts {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final String[] ONLY_1_3 = {"TLSv1.3"};

  /** How long a connection is still there that is closed in its handshake. */
  private static final Duration FLUSH_IN_HANDSHAKE = Duration.ofMillis(200);

  private TlsContexts() {}

  /** What runs protocol 2's TLS: {@code boringssl} or {@code jdk}. */
  public static String engine() {
    return OpenSsl.isAvailable() ? "boringssl" : "jdk";
  }

  private static ApplicationProtocolConfig alpn(List<Alpn> protocols) {
    return new ApplicationProtocolConfig(
        Protocol.ALPN,
        SelectorFailureBehavior.NO_ADVERTISE,
        SelectedListenerFailureBehavior.ACCEPT,
        protocols.stream().map(Alpn::id).toList());
  }

  /**
   * The tunnel port for protocol 1. No client certificate is asked for.
   *
   * <p>Netty's own server context is passed by: its class looks BouncyCastle over when it is
   * loaded, which is most of a second of the start.
   */
  public static SslContext protocol1Server(ServerCertificate certificate) {
    return jdkServer(certificate, null, ApplicationProtocolConfig.DISABLED, VERSIONS);
  }

  /**
   * The tunnel port for protocol 2.
   *
   * @param clients whose certificates are demanded; null for none
   */
  public static SslContext protocol2Server(
      ServerCertificate certificate, @Nullable TrustManager clients, SecureRandom random) {
    ApplicationProtocolConfig alpn = alpn(List.of(Alpn.CONTROL, Alpn.DATA));
    if (!OpenSsl.isAvailable()) {
      return jdkServer(certificate, clients, alpn, ONLY_1_3);
    }
    try {
      SslContextBuilder builder =
          SslContextBuilder.forServer(certificate.key(), certificate.chain())
              .sslProvider(SslProvider.OPENSSL)
              .protocols(ONLY_1_3)
              .applicationProtocolConfig(alpn);
      if (clients != null) {
        builder.trustManager(clients).clientAuth(ClientAuth.REQUIRE);
      }
      SslContext context = builder.build();
      OpenSslServerSessionContext sessions = (OpenSslServerSessionContext) context.sessionContext();
      // Without an id context BoringSSL refuses to resume where client certificates are checked.
      sessions.setSessionIdContext(new byte[] {'n', 'p'});
      sessions.setTicketKeys(ticketKey(random));
      return context;
    } catch (SSLException unusable) {
      throw new IllegalStateException("BoringSSL does not take this certificate", unusable);
    }
  }

  /** Sessions are resumed by tickets, under a key that lives as long as this process. */
  private static OpenSslSessionTicketKey ticketKey(SecureRandom random) {
    byte[] bytes = new byte[OpenSslSessionTicketKey.TICKET_KEY_SIZE];
    random.nextBytes(bytes);
    int name = OpenSslSessionTicketKey.NAME_SIZE;
    int hmac = OpenSslSessionTicketKey.HMAC_KEY_SIZE;
    return new OpenSslSessionTicketKey(
        Arrays.copyOf(bytes, name),
        Arrays.copyOfRange(bytes, name, name + hmac),
        Arrays.copyOfRange(bytes, name + hmac, bytes.length));
  }

  private static SslContext jdkServer(
      ServerCertificate certificate,
      @Nullable TrustManager clients,
      ApplicationProtocolConfig alpn,
      String[] versions) {
    return new JdkSslContext(
        jdk(certificate, clients),
        false,
        null,
        IdentityCipherSuiteFilter.INSTANCE,
        alpn,
        clients == null ? ClientAuth.NONE : ClientAuth.REQUIRE,
        versions.clone(),
        false);
  }

  private static SSLContext jdk(
      @Nullable ServerCertificate certificate, @Nullable TrustManager trust) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          certificate == null ? null : new KeyManager[] {new TunnelKey(certificate)},
          trust == null ? null : new TrustManager[] {trust},
          null);
      return context;
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java cannot speak TLS", missing);
    }
  }

  /**
   * A client's connections of one kind.
   *
   * @param trust decides on the server's certificate
   * @param certificate the client's own; null for none
   */
  public static SslContext client(
      Alpn protocol, TrustManager trust, @Nullable ServerCertificate certificate) {
    ApplicationProtocolConfig alpn = alpn(List.of(protocol));
    // On control a protocol 1 server may answer, which may know TLS 1.2 only.
    String[] versions = protocol == Alpn.CONTROL ? VERSIONS : ONLY_1_3;
    if (!OpenSsl.isAvailable()) {
      return new JdkSslContext(
          jdk(certificate, trust),
          true,
          null,
          IdentityCipherSuiteFilter.INSTANCE,
          alpn,
          ClientAuth.NONE,
          versions.clone(),
          false);
    }
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(SslProvider.OPENSSL)
              .protocols(versions)
              .trustManager(trust)
              .endpointIdentificationAlgorithm(null)
              .applicationProtocolConfig(alpn);
      if (certificate != null) {
        builder.keyManager(certificate.key(), certificate.chain());
      }
      SslContext context = builder.build();
      ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(true);
      return context;
    } catch (SSLException unusable) {
      throw new IllegalStateException("BoringSSL does not take these settings", unusable);
    }
  }

  /**
   * A handler for one connection of a client.
   *
   * @param host that was dialled; sessions are resumed by it
   * @param verified the name that the certificate must have; null where something else tells who
   *     the server is
   * @param executor where the arithmetic of the handshake is done
   */
  public static SslHandler clientHandler(
      SslContext context,
      ByteBufAllocator alloc,
      String host,
      int port,
      @Nullable String verified,
      Executor executor) {
    SslHandler handler =
        context.newHandler(alloc, verified == null ? host : verified, port, executor);
    SSLEngine engine = handler.engine();
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm(verified == null ? null : "HTTPS");
    engine.setSSLParameters(parameters);
    return closesSoonInHandshake(handler);
  }

  /**
   * A handler for one connection of a server.
   *
   * @param executor where the arithmetic of the handshake is done
   */
  public static SslHandler serverHandler(
      SslContext context, ByteBufAllocator alloc, Executor executor) {
    return closesSoonInHandshake(context.newHandler(alloc, executor));
  }

  /**
   * A connection that is closed waits until its last words are written, at most for three seconds.
   * In the handshake these wait in turn for its arithmetic, which may never be done: when this
   * process ends, the executor goes first.
   */
  private static SslHandler closesSoonInHandshake(SslHandler handler) {
    long usual = handler.getCloseNotifyFlushTimeoutMillis();
    handler.setCloseNotifyFlushTimeoutMillis(FLUSH_IN_HANDSHAKE.toMillis());
    handler.handshakeFuture().addListener(done -> handler.setCloseNotifyFlushTimeoutMillis(usual));
    return handler;
  }
}
