package dev.nodepass.runtime.identity;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.HKDFParameterSpec;

/**
 * Proofs that a side knows the key, bound to the session's nonces and to the server's certificate.
 * Source: docs/protocol.md, "Proofs"; HKDF is RFC 5869, HMAC RFC 2104.
 */
public final class Proofs {
  private Proofs() {}

  /** Who proves. */
  public enum Side {
    CLIENT,
    SERVER
  }

  /**
   * What a proof is bound to, as it was sent.
   *
   * @param name of the key
   * @param certificate SHA-256 of the server's, as hex
   */
  public record Handshake(
      String serverInstance,
      String clientInstance,
      String serverNonce,
      String clientNonce,
      String name,
      String certificate) {

    private String text(Side side) {
      return String.join(
          "\n",
          side.name().toLowerCase(Locale.ROOT),
          serverInstance,
          clientInstance,
          serverNonce,
          clientNonce,
          name,
          certificate);
    }
  }

  /** The proof as hex. */
  public static String proof(SharedKey key, Side side, Handshake handshake) {
    try {
      SecretKey derived =
          KDF.getInstance("HKDF-SHA256")
              .deriveKey(
                  "HmacSHA256",
                  HKDFParameterSpec.ofExtract()
                      .addIKM(key.bytes())
                      .addSalt(ascii("nodepass/2"))
                      .thenExpand(ascii("proof"), 32));
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(derived);
      return HexFormat.of().formatHex(mac.doFinal(ascii(handshake.text(side))));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no HKDF with SHA-256", missing);
    }
  }

  /** Compares in constant time. */
  public static boolean matches(String expected, String given) {
    return MessageDigest.isEqual(ascii(expected), ascii(given));
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
