package dev.nodepass.runtime.net;

import java.security.cert.CertificateException;
import java.util.Locale;

/**
 * What a TLS failure is about, where a certificate is the reason. The engines tell by text only.
 * Stateless.
 */
public final class HandshakeFailures {
  private HandshakeFailures() {}

  /** The peer showed a certificate that is not trusted here. */
  public static boolean isUntrusted(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertificateException) {
        return true;
      }
    }
    return false;
  }

  /** A client was asked for a certificate and showed none. */
  public static boolean isWithoutCertificate(Throwable failure) {
    return says(failure, "peer_did_not_return_a_certificate")
        || says(failure, "empty client certificate chain");
  }

  /**
   * The server takes no client without a certificate, or not this one (alerts of RFC 8446, 6.2).
   * With TLS 1.3 a client hears of it after its handshake.
   */
  public static boolean isCertificateDemanded(Throwable failure) {
    return says(failure, "alert")
        && (says(failure, "certificate_required")
            || says(failure, "bad_certificate")
            // The JDK's word for one of another authority.
            || says(failure, "certificate_unknown")
            || says(failure, "unknown_ca"));
  }

  private static boolean says(Throwable failure, String words) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      if (text.contains(words)) {
        return true;
      }
    }
    return false;
  }
}
