package dev.nodepass.runtime.config;

import dev.nodepass.runtime.identity.SharedKey;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Who this side is.
 *
 * @param key given in the URL or the environment
 * @param keyFile a file of keys, or a folder of such files
 * @param name the client's, that of its key; empty when none was given
 */
public record Identity(Optional<SharedKey> key, Optional<Path> keyFile, Optional<String> name) {
  /** True when a key is set, wherever it stands. */
  public boolean hasKey() {
    return key.isPresent() || keyFile.isPresent();
  }
}
