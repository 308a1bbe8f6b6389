package dev.nodepass.operator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Where the programs of a control plane are: as deploy/e2e/cluster/build.sh leaves them, which is
 * also how fabric8's kube-api-test and its variable KUBE_API_TEST_DIR have it.
 */
record Binaries(Path folder) {
  private static final List<String> NEEDED = List.of("kube-apiserver", "etcd", "kubectl");
  private static final String MISSING =
      "there is no API server to test with: run deploy/e2e/cluster/build.sh api, or set"
          + " SKIP_API_SERVER=1 to leave these tests out";

  /** Finds them; where they are missing, the test fails in one line, or is left out if allowed. */
  static Binaries found() {
    Optional<Path> folder = newest(base().resolve("k8s"));
    if (folder.isEmpty()) {
      if ("1".equals(System.getenv("SKIP_API_SERVER"))) {
        // Maven does not count classes that are left out as a whole.
        System.err.println("left out, since SKIP_API_SERVER=1 and there is no API server");
        Assumptions.abort(MISSING);
      }
      throw new IllegalStateException(MISSING);
    }
    return new Binaries(folder.get());
  }

  /** The path of a program. */
  String path(String program) {
    Path path = folder.resolve(program);
    if (!Files.isExecutable(path)) {
      throw new IllegalStateException(
          path + " is missing: run deploy/e2e/cluster/build.sh api, which makes it");
    }
    return path.toString();
  }

  private static Path base() {
    String given = System.getenv("KUBE_API_TEST_DIR");
    if (given != null && !given.isEmpty()) {
      return Path.of(given);
    }
    String cache = System.getenv("XDG_CACHE_HOME");
    return (cache == null || cache.isEmpty()
            ? Path.of(System.getProperty("user.home", "."), ".cache")
            : Path.of(cache))
        .resolve("nodepass/kubernetes");
  }

  /** Of several versions the one that was built last. */
  private static Optional<Path> newest(Path versions) {
    if (!Files.isDirectory(versions)) {
      return Optional.empty();
    }
    try (Stream<Path> folders = Files.list(versions)) {
      return folders
          .filter(f -> NEEDED.stream().allMatch(p -> Files.isExecutable(f.resolve(p))))
          .max(Comparator.comparing(f -> f.resolve("kube-apiserver").toFile().lastModified()));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
