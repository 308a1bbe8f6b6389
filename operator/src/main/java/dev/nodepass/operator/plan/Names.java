package dev.nodepass.operator.plan;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The names of a tunnel's resources. A tunnel's name may be longer than that of a Service may be
 * (63, RFC 1035), hold dots or begin with a digit; then a shortened form with a hash stands for it.
 *
 * @param target the Service for users; the tunnel's own name wherever that can be a Service's name
 * @param workload the Deployment, and all that goes with it under the same name
 * @param tunnel the Service for clients
 * @param peers the headless Service
 * @param keyA a Secret with a key
 * @param keyB the other one, so that a key can follow another
 * @param certificate the Secret that cert-manager fills
 */
public record Names(
    String target,
    String workload,
    String tunnel,
    String peers,
    String keyA,
    String keyB,
    String certificate) {
  private static final int LONGEST = 63;
  private static final Pattern LABEL = Pattern.compile("[a-z]([-a-z0-9]*[a-z0-9])?");

  /** The names for a tunnel of that name. */
  public static Names of(String tunnel) {
    return new Names(
        derived(tunnel, ""),
        derived(tunnel, "-tunnel"),
        derived(tunnel, "-tunnel"),
        derived(tunnel, "-peers"),
        derived(tunnel, "-key-a"),
        derived(tunnel, "-key-b"),
        derived(tunnel, "-tls"));
  }

  private static String derived(String tunnel, String suffix) {
    String plain = tunnel + suffix;
    if (plain.length() <= LONGEST && LABEL.matcher(plain).matches()) {
      return plain;
    }
    String ending = "-" + hash(tunnel).substring(0, 8) + suffix;
    String start = tunnel.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    start = Character.isDigit(start.charAt(0)) || start.charAt(0) == '-' ? "t" + start : start;
    start = start.substring(0, Math.min(start.length(), LONGEST - ending.length()));
    return start.replaceAll("-+$", "") + ending;
  }

  /** SHA-256 as hex: nothing secret, only short and the same each time. */
  static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException everyJavaHasIt) {
      throw new IllegalStateException(everyJavaHasIt);
    }
  }
}
