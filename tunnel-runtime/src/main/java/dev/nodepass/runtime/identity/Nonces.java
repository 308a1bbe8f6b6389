package dev.nodepass.runtime.identity;

import java.security.SecureRandom;
import java.util.HexFormat;

/** What is drawn afresh for a process or a session. */
public final class Nonces {
  private Nonces() {}

  /** The name of a process: 16 bytes as hex. */
  public static String instance(SecureRandom random) {
    return hex(random, 16);
  }

  /** 16 bytes as hex. */
  public static String nonce(SecureRandom random) {
    return hex(random, 16);
  }

  /** The name of a session: 8 bytes as hex. */
  public static String session(SecureRandom random) {
    return hex(random, 8);
  }

  /** The key of a session's tickets: 32 bytes as hex. */
  public static String secret(SecureRandom random) {
    return hex(random, 32);
  }

  private static String hex(SecureRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
