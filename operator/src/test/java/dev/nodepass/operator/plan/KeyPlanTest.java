package dev.nodepass.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.TunnelSpec;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyPlanTest {
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");
  private static final KeySlot FIRST = new KeySlot("t-key-a", "u1", 1, "2026-01-01T00:00:00Z");
  private static final KeySlot SECOND = new KeySlot("t-key-b", "u2", 2, "2026-01-01T12:00:00Z");

  private static NodePassTunnel tunnel(String auth) {
    return Serialization.unmarshal(
        """
        apiVersion: nodepass.dev/v1alpha1
        kind: NodePassTunnel
        metadata: {name: t, namespace: n, uid: u}
        spec:
          role: Server
          listen: {port: 1}
          auth: {%s}
        """
            .formatted(auth),
        NodePassTunnel.class);
  }

  private static Plan plan(String auth, @Nullable String fresh, KeySlot... keys) {
    return new Planner(Case.SURROUNDINGS).plan(tunnel(auth), seen(fresh, List.of(), keys));
  }

  private static Seen seen(@Nullable String fresh, List<String> taken, KeySlot... keys) {
    return new Seen(false, List.of(keys), taken, fresh, null, NOW);
  }

  private static List<String> created(Plan plan) {
    return plan.create().map(Secret::getMetadata).map(m -> m.getName()).stream().toList();
  }

  @Test
  void theFirstKeyGoesToTheFirstSlot() {
    assertEquals(List.of("t-key-a"), created(plan("", "key")));
    assertTrue(KeyPlan.needsKey(tunnel(""), seen(null, List.of())));
  }

  @Test
  void aKeyThatIsThereIsNotMadeAgain() {
    assertEquals(List.of(), created(plan("", "key", FIRST)));
    assertFalse(KeyPlan.needsKey(tunnel(""), seen(null, List.of(), FIRST)));
  }

  @Test
  void aNewGenerationGoesToTheOtherSlotAndTheOldKeyStays() {
    Plan plan = plan("generation: 2", "key", FIRST);
    assertEquals(List.of("t-key-b"), created(plan));
    assertEquals(List.of(), plan.retire());
  }

  @Test
  void theOldKeyGoesWhenTheOverlapIsOver() {
    assertEquals(List.of(), plan("generation: 2", null, FIRST, SECOND).retire());
    assertEquals(List.of(FIRST), plan("generation: 2, overlap: 12h", null, FIRST, SECOND).retire());
  }

  @Test
  void aThirdGenerationTakesTheSlotOfTheOldest() {
    Plan plan = plan("generation: 3", "key", FIRST, SECOND);
    assertEquals(List.of(), created(plan));
    assertEquals(List.of(FIRST), plan.retire());
    assertEquals(List.of("t-key-a"), created(plan("generation: 3", "key", SECOND)));
  }

  @Test
  void aSlotThatIsTakenIsLeftAlone() {
    Plan plan = new Planner(Case.SURROUNDINGS).plan(tunnel(""), seen("key", List.of("t-key-a")));
    assertEquals(List.of("t-key-b"), created(plan));
    assertFalse(KeyPlan.needsKey(tunnel(""), seen(null, List.of("t-key-a", "t-key-b"))));
  }

  @Test
  void keysOfOurOwnGoWhenTheyComeFromElsewhere() {
    assertEquals(List.of(FIRST), plan("secret: {name: mine}", "key", FIRST).retire());
    assertEquals(List.of(), created(plan("secret: {name: mine}", "key")));
    assertEquals(List.of(FIRST), plan("type: None", null, FIRST).retire());
  }

  /** Somebody who wants to keep it names it. */
  @Test
  void aKeyOfOurOwnThatIsNamedAsGivenStays() {
    assertEquals(List.of(), plan("secret: {name: t-key-a}", null, FIRST).retire());
    assertEquals(List.of(SECOND), plan("secret: {name: t-key-a}", null, FIRST, SECOND).retire());
  }

  /** The only good key is not thrown away for one that cannot be made yet. */
  @Test
  void besideASlotThatIsTakenTheOnlyKeyStays() {
    Seen seen = seen("key", List.of("t-key-b"), FIRST);
    Plan plan = new Planner(Case.SURROUNDINGS).plan(tunnel("generation: 2"), seen);
    assertEquals(List.of(), created(plan));
    assertEquals(List.of(), plan.retire());
  }

  /** A Secret cannot be changed later, so an address that may change is not in it. */
  @Test
  void theUrlIsThereOnlyWhereTheAddressIsKnown() {
    assertNull(url(tunnel("")));
    NodePassTunnel named = tunnel("");
    named.setSpec(
        Serialization.unmarshal(
            "role: Server\nlisten: {port: 1}\nservice: {hostname: t.example.com}",
            TunnelSpec.class));
    assertEquals("client://key@t.example.com:10101/127.0.0.1:1", url(named));
  }

  private static @Nullable String url(NodePassTunnel tunnel) {
    Seen seen = new Seen(false, List.of(), List.of(), "key", "t.example.com:10101", NOW);
    return new Planner(Case.SURROUNDINGS)
        .plan(tunnel, seen)
        .create()
        .orElseThrow()
        .getStringData()
        .get("url");
  }
}
