package dev.nodepass.runtime.tunnel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** What some tests need of the machine. Where it is missing they are left out, but not in CI. */
final class Needs {
  private static final List<String> FOLDERS =
      List.of("/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/bin");

  private Needs() {}

  /** Leaves the test out, saying why, where the user is not root. */
  static void root() {
    need("root".equals(System.getProperty("user.name")), "it needs root");
  }

  /** The path of a program; leaves the test out, saying why, where it is missing. */
  static String program(String name) {
    for (String folder : FOLDERS) {
      Path path = Path.of(folder, name);
      if (Files.isExecutable(path)) {
        return path.toString();
      }
    }
    need(false, "it needs the program " + name);
    throw new IllegalStateException(name);
  }

  private static void need(boolean given, String what) {
    if (!given) {
      String said = "left out: " + what;
      assertTrue(!"true".equals(System.getenv("CI")), said + ", which CI must have");
      System.out.println(said);
      Assumptions.abort(said);
    }
  }
}
