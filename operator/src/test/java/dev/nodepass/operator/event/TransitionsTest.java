package dev.nodepass.operator.event;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.TunnelCondition;
import dev.nodepass.crds.TunnelStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TransitionsTest {
  private static final String TIME = "2026-01-01T12:00:00Z";
  private static final KeySlot A = new KeySlot("db-key-a", "uid-a", 1, TIME);
  private static final KeySlot B = new KeySlot("db-key-b", "uid-b", 2, TIME);
  private static final KeySlot B_RESERVED = new KeySlot("db-key-b", "", 2, TIME);

  /** Conditions as {@code Ready=True/Reason}. */
  private static TunnelStatus status(List<KeySlot> keys, String... conditions) {
    List<TunnelCondition> all = new ArrayList<>();
    for (String condition : conditions) {
      String[] parts = condition.split("[=/]", -1);
      all.add(new TunnelCondition(parts[0], parts[1], parts[2], "a message", TIME, 1L));
    }
    return new TunnelStatus(1L, all, null, null, null, null, keys, 1, 1, "1/1", 1, "");
  }

  private static List<String> told(@Nullable TunnelStatus before, TunnelStatus after) {
    return Transitions.between(before, after).stream()
        .map(h -> h.reason().word() + " " + h.text())
        .toList();
  }

  @Test
  void aNewTunnelThatWaitsIsNoNews() {
    TunnelStatus first =
        status(
            List.of(),
            "Ready=False/Starting",
            "Degraded=False/AsExpected",
            "Connected=False/Starting");
    assertEquals(List.of(), told(null, first));
    assertEquals(List.of(), told(first, first));
  }

  @Test
  void upAndDownIsTold() {
    TunnelStatus down =
        status(List.of(), "Ready=False/WaitingForClient", "Connected=False/WaitingForClient");
    TunnelStatus up = status(List.of(), "Ready=True/TrafficPasses", "Connected=True/SessionsUp");
    assertEquals(
        List.of("Connected SessionsUp: a message", "Ready TrafficPasses: a message"),
        told(down, up));
    assertEquals(
        List.of("Disconnected WaitingForClient: a message", "NotReady WaitingForClient: a message"),
        told(up, down));
  }

  /** Another trouble is news, the same one is not; that it is over is news again. */
  @Test
  void troubleIsToldOnce() {
    TunnelStatus well = status(List.of(), "Degraded=False/AsExpected");
    TunnelStatus image = status(List.of(), "Degraded=True/ImagePull");
    TunnelStatus crash = status(List.of(), "Degraded=True/CrashLoopBackOff");
    assertEquals(List.of("Degraded ImagePull: a message"), told(well, image));
    assertEquals(List.of(), told(image, image));
    assertEquals(List.of("Degraded CrashLoopBackOff: a message"), told(image, crash));
    assertEquals(List.of("Recovered no longer CrashLoopBackOff"), told(crash, well));
  }

  @Test
  void keysAreToldOnceTheyAreMade() {
    assertEquals(List.of(), told(status(List.of(A)), status(List.of(A, B_RESERVED))));
    assertEquals(
        List.of("KeyCreated Secret db-key-b holds the key of generation 2"),
        told(status(List.of(A, B_RESERVED)), status(List.of(A, B))));
    assertEquals(
        List.of("KeyDeleted Secret db-key-a with the key of generation 1"),
        told(status(List.of(A, B)), status(List.of(B))));
  }
}
