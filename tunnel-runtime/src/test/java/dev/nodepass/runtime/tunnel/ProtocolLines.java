package dev.nodepass.runtime.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Proofs, tickets and parameters of lines, written from docs/protocol.md and nothing else. */
final class ProtocolLines {
  private static final HexFormat HEX = HexFormat.of();

  private ProtocolLines() {}

  /** What a proof is bound to. */
  record Bound(
      String serverInstance,
      String clientInstance,
      String serverNonce,
      String clientNonce,
      String name,
      String certificate) {}

  /**
   * @param side {@code client} or {@code server}
   */
  static String proof(String key, String side, Bound to) {
    byte[] extracted = hmac("nodepass/2".getBytes(UTF_8), key.getBytes(UTF_8));
    byte[] derived = hmac(extracted, "proof\u0001".getBytes(UTF_8));
    String text =
        String.join(
            "\n",
            side,
            to.serverInstance(),
            to.clientInstance(),
            to.serverNonce(),
            to.clientNonce(),
            to.name(),
            to.certificate());
    return HEX.formatHex(hmac(derived, text.getBytes(UTF_8)));
  }

  static String ticket(String secret, String session, String number) {
    return HEX.formatHex(
        hmac(HEX.parseHex(secret), ("data\n" + session + "\n" + number).getBytes(UTF_8)));
  }

  private static byte[] hmac(byte[] key, byte[] text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException(missing);
    }
  }

  static String hex(int bytes) {
    byte[] drawn = new byte[bytes];
    RandomGenerator.getDefault().nextBytes(drawn);
    return HEX.formatHex(drawn);
  }

  /** What stands between {@code ://} and the query. */
  static String body(String line) {
    return line.replaceFirst("^[a-z]+://", "").replaceFirst("\\?.*", "");
  }

  /** A parameter's value; empty when it is not there. */
  static String parameter(String line, String name) {
    for (String pair : line.substring(line.indexOf('?') + 1).split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        return pair.substring(name.length() + 1);
      }
    }
    return "";
  }
}
