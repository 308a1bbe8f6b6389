package dev.nodepass.runtime.identity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Key files: lines {@code name key [not-after]}, the time in RFC 3339; blank lines and what follows
 * a {@code #} at the beginning of a line do not count. A folder stands for all files in it whose
 * names do not begin with a dot, as a Secret mounted by Kubernetes has them. Blocks: not for an
 * event loop.
 */
public final class KeyFile {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final String EXAMPLE =
      "alice <at least 20 characters, nodepass key makes them> 2027-01-31T00:00:00Z";

  private KeyFile() {}

  /** What is wrong with a key file, in a line that names it; never a part of a key. */
  public static final class KeyFileException extends Exception {
    private static final long serialVersionUID = 1L;

    KeyFileException(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Reads a file, or all files of a folder.
   *
   * @throws KeyFileException for the first line that is wrong; nothing of the path is taken then
   */
  public static KeyRing read(Path path) throws KeyFileException {
    List<NamedKey> keys = new ArrayList<>();
    for (Path file : files(path)) {
      read(file, keys);
    }
    if (keys.isEmpty()) {
      // An empty ring would let everybody in.
      throw new KeyFileException(path + ": it holds no key; a line is: " + EXAMPLE);
    }
    return new KeyRing(keys);
  }

  private static List<Path> files(Path path) throws KeyFileException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> all = Files.list(path)) {
      return all.filter(f -> !f.getFileName().toString().startsWith("."))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    } catch (IOException | UncheckedIOException unreadable) {
      throw new KeyFileException(path + ": this folder cannot be read");
    }
  }

  private static void read(Path file, List<NamedKey> keys) throws KeyFileException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (NoSuchFileException missing) {
      throw new KeyFileException(file + ": there is no such key file");
    } catch (CharacterCodingException binary) {
      throw new KeyFileException(file + ": this key file is not text");
    } catch (IOException unreadable) {
      throw new KeyFileException(file + ": this key file cannot be read");
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("#")) {
        keys.add(key(file + ", line " + (i + 1), line.split("\\s+")));
      }
    }
  }

  private static NamedKey key(String where, String[] words) throws KeyFileException {
    if (words.length < 2 || words.length > 3) {
      throw new KeyFileException(
          where + ": not a name, a key and perhaps a time; a line is: " + EXAMPLE);
    }
    if (!NAME.matcher(words[0]).matches()) {
      throw new KeyFileException(
          where + ": the name is not 1 to 64 of A-Z a-z 0-9 . _ -; a line is: " + EXAMPLE);
    }
    SharedKey key = SharedKey.of(words[1]);
    if (key.isGuessable()) {
      throw new KeyFileException(
          "%s: the key is shorter than %d characters and could be guessed; nodepass key makes a good one"
              .formatted(where, SharedKey.LEAST_LENGTH));
    }
    return new NamedKey(
        words[0], key, words.length == 3 ? Optional.of(time(where, words[2])) : Optional.empty());
  }

  private static Instant time(String where, String text) throws KeyFileException {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException wrong) {
      throw new KeyFileException(
          where + ": the third word is no time such as 2027-01-31T00:00:00Z");
    }
  }
}
