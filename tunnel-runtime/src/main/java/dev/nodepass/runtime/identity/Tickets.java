package dev.nodepass.runtime.identity;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Tickets by which data connections show to which session they belong. Source: docs/protocol.md,
 * "Data connections".
 */
public final class Tickets {
  private Tickets() {}

  /**
   * The ticket as hex.
   *
   * @param secret the session's, 32 bytes as hex
   * @param number the connection's in the session
   */
  public static String ticket(String secret, String session, long number) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(HexFormat.of().parseHex(secret), "HmacSHA256"));
      return HexFormat.of()
          .formatHex(mac.doFinal(Proofs.ascii("data\n" + session + "\n" + number)));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no HMAC with SHA-256", missing);
    }
  }
}
