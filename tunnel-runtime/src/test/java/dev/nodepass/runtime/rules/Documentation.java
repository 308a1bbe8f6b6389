package dev.nodepass.runtime.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The project's documentation, for tests that compare it with the code. */
public final class Documentation {
  private Documentation() {}

  /**
   * The rows of a page's tables, heads and rules left out; each row as its cells, without code
   * marks.
   *
   * @param page a file's name in {@code docs}
   */
  public static List<List<String>> rows(String page) {
    try (var lines = Files.lines(base().resolve("docs").resolve(page))) {
      return lines.filter(line -> line.startsWith("| `")).map(Documentation::cells).toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static List<String> cells(String line) {
    return Arrays.stream(line.split("(?<!\\\\)\\|", -1))
        .map(cell -> cell.strip().replace("\\|", "|").replace("`", ""))
        .toList()
        .subList(1, line.split("(?<!\\\\)\\|", -1).length - 1);
  }

  /** The nearest folder upwards that has the licence. */
  private static Path base() {
    Path folder = Path.of(System.getProperty("user.dir", ".")).toAbsolutePath();
    while (!Files.exists(folder.resolve("LICENSE"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IllegalStateException("no folder upwards has a LICENSE");
      }
      folder = parent;
    }
    return folder;
  }
}
