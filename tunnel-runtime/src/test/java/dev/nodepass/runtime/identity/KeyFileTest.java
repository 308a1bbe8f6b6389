package dev.nodepass.runtime.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFileTest {
  private static final String KEY = "a-key-of-27-characters-or-so";
  private static final String OTHER = "another-key-of-30-characters-x";

  private final Path folder;

  KeyFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("keys"), content);
  }

  private static KeyRing read(Path path) {
    try {
      return KeyFile.read(path);
    } catch (KeyFile.KeyFileException wrong) {
      throw new AssertionError(wrong.getMessage(), wrong);
    }
  }

  private static String refusal(Path path) {
    String said =
        String.valueOf(
            assertThrows(KeyFile.KeyFileException.class, () -> KeyFile.read(path)).getMessage());
    assertEquals(1, said.lines().count(), said);
    assertFalse(said.contains(KEY), said);
    assertFalse(said.contains(OTHER), said);
    return said;
  }

  private static NamedKey key(String name, String key) {
    return new NamedKey(name, SharedKey.of(key), Optional.empty());
  }

  @Test
  void linesHaveANameAKeyAndPerhapsATime() throws IOException {
    assertEquals(
        new KeyRing(
            List.of(
                key("alice", KEY),
                new NamedKey(
                    "bob",
                    SharedKey.of(OTHER),
                    Optional.of(Instant.parse("2027-01-31T00:00:00Z"))))),
        read(file("alice " + KEY + "\nbob " + OTHER + " 2027-01-31T00:00:00Z\n")));
  }

  @Test
  void aNameMayHaveSeveralKeys() throws IOException {
    assertEquals(
        List.of(key("alice", KEY), key("alice", OTHER)),
        read(file("alice " + KEY + "\nalice " + OTHER)).keys());
  }

  @Test
  void blankLinesCommentsAndSpaceAroundTheWordsDoNotCount() throws IOException {
    assertEquals(
        List.of(key("alice", KEY), key("bob", OTHER)),
        read(file(
                "# comment\n\n  \t\n  # indented\r\n\talice \t "
                    + KEY
                    + "  \r\n#carol x\nbob "
                    + OTHER))
            .keys());
  }

  @Test
  void aNumberSignInsideALineBeginsNoComment() throws IOException {
    String key = "#" + KEY + "#";

    assertEquals(List.of(key("alice", key)), read(file("alice " + key)).keys());
  }

  @ParameterizedTest
  @CsvSource({
    "2027-01-31T00:00:00Z,          2027-01-31T00:00:00Z",
    "2027-01-31T01:30:00+01:30,     2027-01-31T00:00:00Z",
    "2027-01-31t00:00:00.5z,        2027-01-31T00:00:00.5Z",
  })
  void aTimeIsThatOfRfc3339(String text, String time) throws IOException {
    assertEquals(
        Optional.of(Instant.parse(time)),
        read(file("alice " + KEY + " " + text)).keys().getFirst().notAfter());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alice",
        "alice K 2027-01-31T00:00:00Z more",
        "alice K # comment",
        "al/ice K",
        "älice K",
        "alice: K",
        "alice short",
        "alice 1234567890123456789",
        "alice K tomorrow",
        "alice K 2027-01-31",
        "alice K 2027-01-31T00:00:00",
        "alice K 2027-02-31T00:00:00Z",
        "alice K 1800000000",
        "alice K #comment",
      })
  void aLineThatIsWrongIsNamedWithItsNumber(String line) throws IOException {
    Path keys = file("# keys\n\nbob " + OTHER + "\n" + line.replace("K", KEY) + "\n");

    assertTrue(refusal(keys).startsWith(keys + ", line 4: "), refusal(keys));
  }

  @ParameterizedTest
  @CsvSource({
    "alice,                    'not a name, a key and perhaps a time; a line is: alice <'",
    "alice K 2027 x,           'not a name, a key and perhaps a time; a line is: alice <'",
    "a/b K,                    the name is not 1 to 64 of A-Z a-z 0-9 . _ -; a line is:",
    "alice short,              the key is shorter than 20 characters and could be guessed",
    "alice K soon,             the third word is no time such as 2027-01-31T00:00:00Z",
  })
  void whatIsWrongIsSaidWithARightExample(String line, String said) throws IOException {
    String refusal = refusal(file(line.replace("K", KEY)));

    assertTrue(refusal.contains(": " + said), refusal);
  }

  @Test
  void aNameHasUpTo64Characters() throws IOException {
    String name = "n".repeat(64);

    assertEquals(Set.of(name), read(file(name + " " + KEY)).names());
    assertTrue(refusal(file(name + "n " + KEY)).contains("the name is not 1 to 64"));
  }

  @Test
  void aKeyHasAtLeast20Characters() throws IOException {
    assertEquals(1, read(file("alice 12345678901234567890")).keys().size());
    assertTrue(refusal(file("alice 1234567890123456789")).contains("shorter than 20"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n\n", "# nothing\n"})
  void aFileWithoutKeysIsRefusedSinceItWouldLetEverybodyIn(String content) throws IOException {
    assertTrue(refusal(file(content)).startsWith(folder.resolve("keys") + ": it holds no key"));
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path missing = folder.resolve("missing");

    assertEquals(missing + ": there is no such key file", refusal(missing));
  }

  @Test
  void aFileThatIsNoTextIsNamed() throws IOException {
    Path binary = Files.write(folder.resolve("binary"), new byte[] {'a', ' ', (byte) 0xff, '\n'});

    assertEquals(binary + ": this key file is not text", refusal(binary));
  }

  @Test
  void aFolderStandsForItsFilesInTheOrderOfTheirNames() throws IOException {
    Files.writeString(folder.resolve("b"), "bob " + OTHER);
    Files.writeString(folder.resolve("a"), "alice " + KEY);
    Files.writeString(folder.resolve(".hidden"), "no key file at all");
    Files.createDirectory(folder.resolve("c"));

    assertEquals(List.of(key("alice", KEY), key("bob", OTHER)), read(folder).keys());
  }

  @Test
  void ofAFolderEveryFileHasToBeRight() throws IOException {
    Files.writeString(folder.resolve("a"), "alice " + KEY);
    Path wrong = Files.writeString(folder.resolve("b"), "bob");

    assertTrue(refusal(folder).startsWith(wrong + ", line 1: "), refusal(folder));
  }

  @Test
  void aFileOfAFolderMayBeEmptyButNotAllOfThem() throws IOException {
    Files.writeString(folder.resolve("a"), "# none yet\n");
    assertTrue(refusal(folder).startsWith(folder + ": it holds no key"), refusal(folder));
    Files.writeString(folder.resolve("b"), "bob " + OTHER);

    assertEquals(Set.of("bob"), read(folder).names());
  }

  @Test
  void anEmptyFolderIsRefused() {
    assertTrue(refusal(folder).startsWith(folder + ": it holds no key"));
  }

  @Test
  void aSecretThatKubernetesMountsIsReadOnceThroughItsLinks() throws IOException {
    MountedSecret secret = new MountedSecret(folder);
    secret.show("keys", "alice " + KEY);

    assertEquals(List.of(key("alice", KEY)), read(folder).keys());
    assertEquals(List.of(key("alice", KEY)), read(folder.resolve("keys")).keys());
  }
}
