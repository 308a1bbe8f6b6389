package dev.nodepass.runtime.identity;

import java.nio.file.Path;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * The keys of a server, followed through changes of their file. Reading is one thread's; the ring
 * is seen by all.
 */
public final class WatchedKeys {
  private static final Logger LOG = Logger.getLogger(WatchedKeys.class);

  private final KeyRing fixed;
  private final Optional<Path> file;
  private volatile KeyRing current;
  private String lastComplaint = "";

  /**
   * Reads for the first time.
   *
   * @param fixed keys that do not change
   * @param file a file or a folder of them
   */
  public WatchedKeys(KeyRing fixed, Optional<Path> file) throws KeyFile.KeyFileException {
    this.fixed = fixed;
    this.file = file;
    this.current = read();
  }

  private KeyRing read() throws KeyFile.KeyFileException {
    return file.isPresent() ? fixed.and(KeyFile.read(file.get())) : fixed;
  }

  /** The keys now. */
  public KeyRing current() {
    return current;
  }

  /**
   * Reads again. What cannot be read changes nothing and is said once.
   *
   * @return true when the keys are others than before
   */
  public boolean refresh() {
    if (file.isEmpty()) {
      return false;
    }
    try {
      KeyRing read = read();
      lastComplaint = "";
      if (read.equals(current)) {
        return false;
      }
      current = read;
      LOG.infof("keys were read again: %d, of %s", read.keys().size(), read.names());
      return true;
    } catch (KeyFile.KeyFileException wrong) {
      String complaint = String.valueOf(wrong.getMessage());
      if (!complaint.equals(lastComplaint)) {
        lastComplaint = complaint;
        LOG.warnf("%s; the keys read before stay in use", complaint);
      }
      return false;
    }
  }
}
