package dev.nodepass.runtime.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A folder as the kubelet mounts a Secret: each file is a link through {@code ..data}, which is a
 * link to the folder of a revision, and is replaced by a rename.
 */
final class MountedSecret {
  private final Path folder;
  private int revision;

  MountedSecret(Path folder) {
    this.folder = folder;
  }

  /** The next revision, with that file in it. */
  void show(String name, String content) throws IOException {
    revision++;
    Path next = Files.createDirectory(folder.resolve("..2026_11_24_" + revision));
    Files.writeString(next.resolve(name), content);
    Path link = folder.resolve("..data_tmp");
    Files.createSymbolicLink(link, next.getFileName());
    Files.move(link, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    Path file = folder.resolve(name);
    if (!Files.isSymbolicLink(file)) {
      Files.createSymbolicLink(file, Path.of("..data", name));
    }
  }
}
