package dev.nodepass.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class NamesTest {
  private static List<String> all(Names names) {
    return List.of(
        names.target(),
        names.workload(),
        names.tunnel(),
        names.peers(),
        names.keyA(),
        names.keyB(),
        names.certificate());
  }

  @Test
  void aTunnelsNameIsThatOfItsServiceForUsers() {
    Names names = Names.of("orders-db");
    assertEquals("orders-db", names.target());
    assertEquals("orders-db-tunnel", names.tunnel());
    assertEquals("orders-db-key-a", names.keyA());
  }

  @Test
  void everyNameFitsWhateverTheTunnelIsCalled() {
    for (String name :
        List.of("a", "0", "1st.tunnel", "a.b.c", "x".repeat(63), "x".repeat(253), "a".repeat(56))) {
      for (String derived : all(Names.of(name))) {
        assertTrue(derived.matches("[a-z]([-a-z0-9]{0,61}[a-z0-9])?"), name + " -> " + derived);
      }
      assertEquals(6, Set.copyOf(all(Names.of(name))).size(), name);
    }
  }

  @Test
  void shortenedNamesOfTwoTunnelsDiffer() {
    assertNotEquals(
        Names.of("x".repeat(100) + "a").target(), Names.of("x".repeat(100) + "b").target());
    assertNotEquals(Names.of("a.b").target(), Names.of("a-b").target());
  }
}
