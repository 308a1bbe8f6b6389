package dev.nodepass.runtime.identity;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** A secret that both sides know. Never shown. */
public final class SharedKey {
  /** A shorter key can be guessed off line by whoever pretends to be the server. */
  public static final int LEAST_LENGTH = 20;

  private final String text;

  private SharedKey(String text) {
    this.text = text;
  }

  /** A key as a person gave it. */
  public static SharedKey of(String text) {
    return new SharedKey(text);
  }

  /** A fresh one: 256 bits in 43 characters that need no encoding in a URL. */
  public static String fresh(SecureRandom random) {
    byte[] bytes = new byte[32];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** True when it is too short to withstand guessing. */
  public boolean isGuessable() {
    return text.length() < LEAST_LENGTH;
  }

  byte[] bytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SharedKey key && MessageDigest.isEqual(bytes(), key.bytes());
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return "***";
  }
}
