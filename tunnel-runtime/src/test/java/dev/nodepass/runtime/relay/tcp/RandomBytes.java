package dev.nodepass.runtime.relay.tcp;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Streams of random bytes that need not be kept to be compared. */
final class RandomBytes {
  private static final int BLOCK = 64 * 1024;

  private RandomBytes() {}

  /** How much passed, and its SHA-256. */
  record Passed(long length, String sha256) {}

  /** Some bytes. */
  static byte[] of(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  /**
   * Writes that many.
   *
   * @param progress counts them as they are written
   */
  static Passed send(long length, long seed, OutputStream to, AtomicLong progress)
      throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    MessageDigest digest = sha256();
    byte[] block = new byte[BLOCK];
    for (long left = length; left > 0; ) {
      int n = (int) Math.min(BLOCK, left);
      random.nextBytes(block);
      digest.update(block, 0, n);
      to.write(block, 0, n);
      progress.addAndGet(n);
      left -= n;
    }
    return new Passed(length, HexFormat.of().formatHex(digest.digest()));
  }

  /** Reads to the end of the stream. */
  static Passed receive(InputStream from) throws IOException {
    return new Reader(from).toEnd();
  }

  /** A receiver that goes at the pace of its caller. */
  static final class Reader {
    private final InputStream from;
    private final MessageDigest digest = sha256();
    private final byte[] block = new byte[BLOCK];
    private long length;

    Reader(InputStream from) {
      this.from = from;
    }

    long length() {
      return length;
    }

    /**
     * Reads once.
     *
     * @return false at the end of the stream
     */
    boolean more() throws IOException {
      int n = from.read(block);
      if (n > 0) {
        digest.update(block, 0, n);
        length += n;
      }
      return n >= 0;
    }

    Passed toEnd() throws IOException {
      while (more()) {}
      return new Passed(length, HexFormat.of().formatHex(digest.digest()));
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
