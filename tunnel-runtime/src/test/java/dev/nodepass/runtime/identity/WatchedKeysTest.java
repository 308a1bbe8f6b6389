package dev.nodepass.runtime.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchedKeysTest {
  private static final String KEY = "a-key-of-27-characters-or-so";
  private static final String OTHER = "another-key-of-30-characters-x";
  private static final NamedKey FIXED =
      new NamedKey(NamedKey.DEFAULT_NAME, SharedKey.of("fixed"), Optional.empty());

  private final Path folder;

  WatchedKeysTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static WatchedKeys watched(Path path) {
    try {
      return new WatchedKeys(KeyRing.EMPTY, Optional.of(path));
    } catch (KeyFile.KeyFileException wrong) {
      throw new AssertionError(wrong.getMessage(), wrong);
    }
  }

  @Test
  void withoutAFileTheKeysNeverChange() throws KeyFile.KeyFileException {
    WatchedKeys keys = new WatchedKeys(new KeyRing(List.of(FIXED)), Optional.empty());

    assertFalse(keys.refresh());
    assertEquals(List.of(FIXED), keys.current().keys());
  }

  @Test
  void theFixedKeysStandBesideThoseOfTheFile() throws IOException, KeyFile.KeyFileException {
    Path file = Files.writeString(folder.resolve("keys"), "alice " + KEY);
    WatchedKeys keys = new WatchedKeys(new KeyRing(List.of(FIXED)), Optional.of(file));
    assertEquals(Set.of("alice", "default"), keys.current().names());

    Files.writeString(file, "bob " + OTHER);
    assertTrue(keys.refresh());
    assertEquals(Set.of("bob", "default"), keys.current().names());
  }

  @Test
  void aFileThatIsWrongFromTheBeginningIsAnError() {
    assertThrows(
        KeyFile.KeyFileException.class,
        () -> new WatchedKeys(new KeyRing(List.of(FIXED)), Optional.of(folder.resolve("none"))));
  }

  @Test
  void aChangeIsSeenOnce() throws IOException {
    Path file = Files.writeString(folder.resolve("keys"), "alice " + KEY);
    WatchedKeys keys = watched(file);
    assertFalse(keys.refresh());

    Files.writeString(file, "alice " + KEY + "\nbob " + OTHER);
    assertTrue(keys.refresh());
    assertFalse(keys.refresh());
    assertEquals(Set.of("alice", "bob"), keys.current().names());
  }

  @Test
  void anotherTimeOfAKeyIsAChange() throws IOException {
    Path file = Files.writeString(folder.resolve("keys"), "alice " + KEY);
    WatchedKeys keys = watched(file);

    Files.writeString(file, "alice " + KEY + " 2027-01-31T00:00:00Z");
    assertTrue(keys.refresh());
  }

  @Test
  void aCommentIsNoChange() throws IOException {
    Path file = Files.writeString(folder.resolve("keys"), "alice " + KEY);
    WatchedKeys keys = watched(file);

    Files.writeString(file, "# the only one\nalice " + KEY);
    assertFalse(keys.refresh());
  }

  @Test
  void whatIsWrongLeavesTheKeysAsTheyWere() throws IOException {
    Path file = Files.writeString(folder.resolve("keys"), "alice " + KEY);
    WatchedKeys keys = watched(file);
    KeyRing before = keys.current();

    for (String wrong : List.of("", "alice", "alice " + KEY + "\nbob short", "\ufffe")) {
      Files.writeString(file, wrong);
      assertFalse(keys.refresh());
      assertEquals(before, keys.current());
    }
    Files.delete(file);
    assertFalse(keys.refresh());
    assertEquals(before, keys.current());

    Files.writeString(file, "bob " + OTHER);
    assertTrue(keys.refresh());
    assertEquals(Set.of("bob"), keys.current().names());
  }

  @Test
  void aFileMoreInAFolderIsSeen() throws IOException {
    Files.writeString(folder.resolve("a"), "alice " + KEY);
    WatchedKeys keys = watched(folder);

    Files.writeString(folder.resolve("b"), "bob " + OTHER);
    assertTrue(keys.refresh());
    Files.delete(folder.resolve("a"));
    assertTrue(keys.refresh());
    assertEquals(Set.of("bob"), keys.current().names());
  }

  @Test
  void aNewRevisionOfASecretThatKubernetesMountsIsSeen() throws IOException {
    MountedSecret secret = new MountedSecret(folder);
    secret.show("keys", "alice " + KEY);
    WatchedKeys byFolder = watched(folder);
    WatchedKeys byFile = watched(folder.resolve("keys"));

    secret.show("keys", "bob " + OTHER);
    for (WatchedKeys keys : List.of(byFolder, byFile)) {
      assertTrue(keys.refresh());
      assertEquals(Set.of("bob"), keys.current().names());
      assertFalse(keys.refresh());
    }
  }
}
