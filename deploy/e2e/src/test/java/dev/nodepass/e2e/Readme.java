package dev.nodepass.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The README's section on Kubernetes, as blocks to be run; it knows which were. Not thread-safe.
 */
final class Readme {
  private static final Pattern SECTION =
      Pattern.compile("\n## In Kubernetes\n(.*?)\n## ", Pattern.DOTALL);
  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);

  private final List<Block> blocks;
  private final Set<Block> used = new HashSet<>();

  private Readme(List<Block> blocks) {
    this.blocks = blocks;
  }

  /** One block of code. */
  record Block(String language, String text) {}

  static Readme read() throws IOException {
    Matcher section = SECTION.matcher(Files.readString(Shell.root().resolve("README.md")));
    if (!section.find()) {
      throw new IllegalStateException("the README has no section on Kubernetes");
    }
    return new Readme(
        BLOCK
            .matcher(section.group(1))
            .results()
            .map(r -> new Block(r.group(1), r.group(2)))
            .toList());
  }

  /** The block of a language in which a text stands. */
  String block(String language, String text) {
    Block found =
        blocks.stream()
            .filter(b -> b.language().equals(language) && b.text().contains(text))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("the README has no block with " + text));
    used.add(found);
    return found.text();
  }

  /** The blocks that nobody asked for. */
  List<Block> unused() {
    return blocks.stream().filter(b -> !used.contains(b)).toList();
  }
}
