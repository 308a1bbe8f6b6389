package dev.nodepass.runtime.listen;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.config.InvalidInputException;
import dev.nodepass.runtime.config.SettingsParser;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class GateTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final long MILLI = 1_000_000;
  private static final InetAddress ALICE = InetAddress.ofLiteral("192.0.2.1");
  private static final InetAddress BOB = InetAddress.ofLiteral("2001:db8::1");
  private static final Optional<Refusal> WELCOME = Optional.empty();

  /** Such that it runs over: a monotonic clock may stand anywhere. */
  private long now = Long.MAX_VALUE - 1000;

  @AfterAll
  static void closeLoops() {
    VERTX.close();
  }

  private Gate gate(String query) {
    try {
      return new Gate(
          new TunnelContext(
              SettingsParser.parse("server://127.0.0.1:1/127.0.0.1:2?" + query, Map.of())
                  .settings(),
              new Loops(VERTX),
              new TunnelMetrics(new SimpleMeterRegistry(), new Refusals(InstantSource.system())),
              () -> now,
              InstantSource.system(),
              new SecureRandom()));
    } catch (InvalidInputException wrong) {
      throw new AssertionError(wrong);
    }
  }

  @Test
  void withoutLimitsEverybodyComesIn() {
    Gate gate = gate("");

    for (int i = 0; i < 1000; i++) {
      assertEquals(WELCOME, gate.enter(ALICE));
    }
  }

  @Test
  void onlyAllowedAddressesComeIn() {
    Gate gate = gate("allow=192.0.2.0/24");

    assertEquals(WELCOME, gate.enter(ALICE));
    assertEquals(Optional.of(Refusal.USER_NOT_ALLOWED), gate.enter(BOB));
    assertEquals("its address is not in allow=192.0.2.0/24", gate.why(Refusal.USER_NOT_ALLOWED));
  }

  @Test
  void eachAddressHasItsPlaces() {
    Gate gate = gate("per-source=2");

    assertEquals(WELCOME, gate.enter(ALICE));
    assertEquals(WELCOME, gate.enter(ALICE));
    assertEquals(Optional.of(Refusal.USER_SOURCE_LIMIT), gate.enter(ALICE));
    assertEquals(WELCOME, gate.enter(BOB));
    assertEquals(
        "per-source=2 connections from there are running", gate.why(Refusal.USER_SOURCE_LIMIT));
  }

  @Test
  void whoLeavesMakesAPlaceAndWhoWasRefusedTookNone() {
    Gate gate = gate("per-source=1");

    for (int i = 0; i < 100; i++) {
      assertEquals(WELCOME, gate.enter(ALICE));
      assertEquals(Optional.of(Refusal.USER_SOURCE_LIMIT), gate.enter(ALICE));
      assertEquals(Optional.of(Refusal.USER_SOURCE_LIMIT), gate.enter(ALICE));
      gate.left(ALICE);
    }
  }

  @Test
  void aSecondsWorthOfUsersMayComeAtOnceAndThenOneAfterAnother() {
    Gate gate = gate("accept-rate=10");
    for (int i = 0; i < 10; i++) {
      assertEquals(WELCOME, gate.enter(ALICE));
    }

    assertEquals(Optional.of(Refusal.USER_RATE), gate.enter(BOB));
    now += 99 * MILLI;
    assertEquals(Optional.of(Refusal.USER_RATE), gate.enter(BOB));
    now += MILLI;
    assertEquals(WELCOME, gate.enter(BOB));
    assertEquals(Optional.of(Refusal.USER_RATE), gate.enter(BOB));
    assertEquals("more than accept-rate=10 came in a second", gate.why(Refusal.USER_RATE));
  }

  @Test
  void aPauseSavesNoMoreThanASecondsWorth() {
    Gate gate = gate("accept-rate=10");
    now += 3_600_000 * MILLI;
    int came = 0;
    while (gate.enter(ALICE).isEmpty()) {
      came++;
    }

    assertEquals(10, came);
  }

  @Test
  void inTheLongRunAsManyComeInAsAreAllowed() {
    Gate gate = gate("accept-rate=100");
    int came = 0;
    for (int i = 0; i < 100_000; i++) {
      now += MILLI / 10;
      came += gate.enter(ALICE).isEmpty() ? 1 : 0;
    }

    assertTrue(came >= 1_000 && came <= 1_100, "in 10 s: " + came);
  }

  @Test
  void whoIsTurnedAwayByHisAddressDoesNotCount() {
    Gate gate = gate("accept-rate=1&allow=192.0.2.0/24");
    for (int i = 0; i < 10; i++) {
      assertEquals(Optional.of(Refusal.USER_NOT_ALLOWED), gate.enter(BOB));
    }

    assertEquals(WELCOME, gate.enter(ALICE));
  }

  @Test
  void whoIsTurnedAwayByTheRateTakesNoPlace() {
    Gate gate = gate("accept-rate=1&per-source=2");
    assertEquals(WELCOME, gate.enter(ALICE));
    for (int i = 0; i < 10; i++) {
      assertEquals(Optional.of(Refusal.USER_RATE), gate.enter(ALICE));
    }
    now += 1_000 * MILLI;

    assertEquals(WELCOME, gate.enter(ALICE));
  }
}
