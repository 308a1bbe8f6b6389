package dev.nodepass.runtime.identity;

import java.time.Instant;
import java.util.Optional;

/**
 * A key and whose it is.
 *
 * @param notAfter when it ends; empty for never
 */
public record NamedKey(String name, SharedKey key, Optional<Instant> notAfter) {
  /** The name of a key that was given without one. */
  public static final String DEFAULT_NAME = "default";

  /** True when it has not ended by then. */
  public boolean isValidAt(Instant time) {
    return notAfter.isEmpty() || !time.isAfter(notAfter.get());
  }
}
