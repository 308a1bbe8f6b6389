package dev.nodepass.runtime.identity;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NoncesTest {
  private final SecureRandom random = new SecureRandom();

  @Test
  void eachHasTheLengthOfTheDocumentInLowerCaseHex() {
    assertTrue(Nonces.instance(random).matches("[0-9a-f]{32}"));
    assertTrue(Nonces.nonce(random).matches("[0-9a-f]{32}"));
    assertTrue(Nonces.session(random).matches("[0-9a-f]{16}"));
    assertTrue(Nonces.secret(random).matches("[0-9a-f]{64}"));
  }

  @Test
  void noneComesTwice() {
    Set<String> drawn = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      assertTrue(drawn.add(Nonces.instance(random)));
      assertTrue(drawn.add(Nonces.nonce(random)));
      assertTrue(drawn.add(Nonces.session(random)));
      assertTrue(drawn.add(Nonces.secret(random)));
    }
  }
}
