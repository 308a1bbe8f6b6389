package dev.nodepass.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The README's section on Kubernetes, as blocks to be run. */
record Readme(List<Block> blocks) {
  private static final Pattern SECTION =
      Pattern.compile("\n## In Kubernetes\n(.*?)\n## ", Pattern.DOTALL);
  private static final Pattern BLOCK = Pattern.compile("```(\\w+)\n(.*?)```", Pattern.DOTALL);

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
    return of(language)
        .filter(b -> b.contains(text))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("the README has no block with " + text));
  }

  private Stream<String> of(String language) {
    return blocks.stream().filter(b -> b.language().equals(language)).map(Block::text);
  }
}
