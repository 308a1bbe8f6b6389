package dev.nodepass.runtime.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyRingTest {
  private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
  private static final String SECRET = "a-secret-that-nobody-sees";

  private static NamedKey key(String name, String text) {
    return new NamedKey(name, SharedKey.of(text), Optional.empty());
  }

  private static NamedKey until(Instant end) {
    return new NamedKey("alice", SharedKey.of(SECRET), Optional.of(end));
  }

  @Test
  void aKeyIsValidUpToAndWithTheTimeAtWhichItEnds() {
    assertTrue(until(NOON).isValidAt(NOON.minusNanos(1)));
    assertTrue(until(NOON).isValidAt(NOON));
    assertFalse(until(NOON).isValidAt(NOON.plusNanos(1)));
    assertTrue(key("alice", SECRET).isValidAt(Instant.MAX));
  }

  @Test
  void aNamesKeysAreThoseThatHaveNotEnded() {
    KeyRing ring =
        new KeyRing(
            List.of(until(NOON), key("bob", "b"), key("alice", "new"), key("Alice", "other")));

    assertEquals(List.of(until(NOON), key("alice", "new")), ring.valid("alice", NOON));
    assertEquals(List.of(key("alice", "new")), ring.valid("alice", NOON.plusSeconds(1)));
    assertEquals(List.of(), ring.valid("carol", NOON));
    assertEquals(List.of(), ring.valid("", NOON));
  }

  @Test
  void itHoldsAKeyByItsNameAndTextAsLongAsItHasNotEnded() {
    KeyRing ring = new KeyRing(List.of(until(NOON)));

    assertTrue(ring.holds(key("alice", SECRET), NOON));
    assertFalse(ring.holds(key("alice", SECRET), NOON.plusSeconds(1)));
    assertFalse(ring.holds(key("bob", SECRET), NOON));
    assertFalse(ring.holds(key("alice", SECRET + "x"), NOON));
  }

  @Test
  void aRingOfEndedKeysIsNotEmptySinceThatWouldLetEverybodyIn() {
    assertTrue(KeyRing.EMPTY.isEmpty());
    assertFalse(new KeyRing(List.of(until(Instant.MIN))).isEmpty());
  }

  @Test
  void namesAreSortedAndEachIsThereOnce() {
    assertEquals(
        List.of("alice", "bob"),
        List.copyOf(
            new KeyRing(List.of(key("bob", "1"), key("alice", "2"), key("bob", "3"))).names()));
  }

  @Test
  void twoRingsAreOneAfterTheOther() {
    KeyRing one = new KeyRing(List.of(key("a", "1")));
    KeyRing two = new KeyRing(List.of(key("b", "2")));

    assertEquals(List.of(key("a", "1"), key("b", "2")), one.and(two).keys());
    assertEquals(one, one.and(KeyRing.EMPTY));
  }

  @Test
  void aKeyShowsNothingOfItselfHoweverItIsWrapped() {
    NamedKey key = until(NOON);

    assertEquals("***", key.key().toString());
    for (Object each : List.of(key, new KeyRing(List.of(key)), Optional.of(key))) {
      assertFalse(each.toString().contains("secret"), each.toString());
    }
  }

  @Test
  void keysAreEqualByTheirText() {
    assertEquals(SharedKey.of(SECRET), SharedKey.of(SECRET));
    assertEquals(SharedKey.of(SECRET).hashCode(), SharedKey.of(SECRET).hashCode());
    assertNotEquals(SharedKey.of(SECRET), SharedKey.of(SECRET + " "));
    assertFalse(SharedKey.of(SECRET).equals((Object) SECRET));
  }

  @Test
  void aShortKeyIsGuessable() {
    assertTrue(SharedKey.of("1234567890123456789").isGuessable());
    assertFalse(SharedKey.of("12345678901234567890").isGuessable());
  }

  @Test
  void aFreshKeyIsLongAndNeedsNoEncodingInAUrl() {
    SecureRandom random = new SecureRandom();
    String one = SharedKey.fresh(random);

    assertTrue(one.matches("[A-Za-z0-9_-]{43}"), "43 characters of base64url");
    assertNotEquals(one, SharedKey.fresh(random));
  }
}
