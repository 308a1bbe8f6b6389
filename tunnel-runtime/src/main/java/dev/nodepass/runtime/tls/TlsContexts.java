package dev.nodepass.runtime.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/** The TLS settings of the control channel: 1.2 or 1.3, never older. */
public final class TlsContexts {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};

  private TlsContexts() {}

  /**
   * For the tunnel port. No client certificate is asked for.
   *
   * <p>Netty's own server context is passed by: its class looks BouncyCastle over when it is
   * loaded, which is most of a second of the start.
   */
  public static SslContext server(ServerCertificate certificate) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new TunnelKey(certificate)}, null, null);
      return new JdkSslContext(
          context,
          false,
          null,
          IdentityCipherSuiteFilter.INSTANCE,
          ApplicationProtocolConfig.DISABLED,
          ClientAuth.NONE,
          VERSIONS.clone(),
          false);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java cannot serve TLS", missing);
    }
  }

  /**
   * For a client of protocol 1, which has nothing to check the server by: its certificate is made
   * anew at each start. The link is encrypted, but to whoever answers.
   */
  public static SslContext protocol1Client() {
    try {
      return SslContextBuilder.forClient()
          .protocols(VERSIONS)
          .trustManager(InsecureTrustManagerFactory.INSTANCE)
          .endpointIdentificationAlgorithm(null)
          .build();
    } catch (SSLException missing) {
      throw new IllegalStateException("this Java cannot speak TLS", missing);
    }
  }
}
