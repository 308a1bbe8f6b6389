package dev.nodepass.runtime.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class DialWindowTest {
  private static final long MILLIS = 1_000_000;

  private final DialWindow window = new DialWindow();
  private long now;

  /** Some that go on together, each so long after the last. */
  private void dials(int count, long millisEach, boolean arrive) {
    List<DialWindow.Begun> begun = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      begun.add(window.begin(now));
    }
    for (DialWindow.Begun one : begun) {
      now += millisEach * MILLIS;
      window.ended(one, now, arrive);
    }
  }

  @Test
  void slowOnesMakeItWhatTheServerCanDo() {
    // Ten in a second: five in half of one.
    dials(16, 100, true);
    assertEquals(5, window.size());
  }

  @Test
  void whenNoneArrivesItIsOneAtATime() {
    dials(1, 5_000, false);
    assertEquals(1, window.size());
  }

  @Test
  void thoseThatArriveInTimeWidenItByHalfAWindowful() {
    dials(16, 100, true);
    dials(8, 10, true);
    assertEquals(9, window.size());
    for (int i = 0; i < 100; i++) {
      dials(8, 10, true);
    }
    assertEquals(64, window.size());
  }

  @Test
  void aFarServerIsNotSlow() {
    for (int i = 0; i < 64; i++) {
      dials(1, 1_800, true);
    }
    assertEquals(64, window.size());
  }

  @Test
  void oneThatIsClosedSoonSaysNothing() {
    dials(1, 20, false);
    assertEquals(64, window.size());
    dials(16, 100, true);
    dials(1, 20, false);
    assertEquals(5, window.size());
  }

  /** As to a balancer that has not noticed yet that one of two servers is gone. */
  @Test
  void oneThatLaterOnesOvertakeSaysNothingOfTheServer() {
    DialWindow.Begun lost = window.begin(now);
    dials(1, 20, true);
    assertFalse(window.isOvertaken(lost), "it began at the same time");
    dials(1, 20, true);
    assertTrue(window.isOvertaken(lost));
    now += 5_000 * MILLIS;
    window.ended(lost, now, false);
    assertEquals(64, window.size());
  }

  /** The route has changed, say: what was slow is what is to be had. */
  @Test
  void whatIsSlowAloneIsTheMeasureFromThenOn() {
    dials(1, 20, true);
    for (int i = 0; i < 8; i++) {
      dials(1, 1_600, true);
    }
    assertTrue(window.size() > 2, "it grows again: " + window.size());
  }

  /**
   * A server that can open one connection in 400 ms, whatever else waits, for a client that gives
   * each 5 s: 64 at a time would be given up but for the first 12, for ever.
   */
  @Test
  void aServerThatCanDoLittleDoesThatLittleInTime() {
    Deque<DialWindow.Begun> queue = new ArrayDeque<>();
    int arrived = 0;
    int givenUp = 0;
    for (int done = 0; done < 500; done++) {
      while (queue.size() < window.size()) {
        queue.add(window.begin(now));
      }
      now += 400 * MILLIS;
      DialWindow.Begun next = queue.remove();
      boolean inTime = now - next.at() <= 5_000 * MILLIS;
      window.ended(next, now, inTime);
      arrived += inTime ? 1 : 0;
      givenUp += inTime ? 0 : 1;
    }
    assertTrue(givenUp < 64, "only of the first windowful: " + givenUp);
    assertEquals(500 - givenUp, arrived);
  }
}
