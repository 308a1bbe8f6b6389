package dev.nodepass.runtime.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.lifecycle.TestContext;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.observe.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nobody waits for a place that is free. */
class PlacesIT {
  private static final int PATIENCE_SECONDS = 20;

  private final TestLoops net = new TestLoops(Transport.NIO, 1);
  private final Loop loop = net.loops().all().getFirst();

  private Places places(int most) {
    return new Places(
        TestContext.of(
            net.loops(),
            "client://127.0.0.1:1/127.0.0.1:2",
            Map.of("SEMAPHORE_LIMIT", String.valueOf(most))),
        loop);
  }

  @AfterEach
  void close() throws Exception {
    net.close();
  }

  @Test
  void onePlaceGoesFromOneToTheNextInOrderAndNoMoreWaitThanThereArePlaces() throws Exception {
    Places places = places(2);
    List<String> heard = new ArrayList<>();
    enter(places, guest("a", heard));
    enter(places, guest("b", heard));
    enter(places, guest("c", heard));
    enter(places, guest("d", heard));
    enter(places, guest("e", heard));
    assertEquals(List.of("a begins", "b begins", "e: USER_QUEUE_FULL"), heard);
    assertEquals(2, places.waiting());
    places.left();
    net.settle();
    places.left();
    net.settle();
    assertEquals(List.of("c begins", "d begins"), heard.subList(3, heard.size()));
    assertEquals(2, places.running());
    assertEquals(0, places.waiting());
    assertEquals(4, places.total());
  }

  /** The guest enters while the one before leaves: whoever is second has to see the other. */
  @Test
  void whoEntersWhileAnotherLeavesGetsItsPlace() throws Exception {
    Places places = places(1);
    assertTrue(places.tryEnter());
    List<String> heard = new ArrayList<>();
    CyclicBarrier atOnce = new CyclicBarrier(2);
    for (int round = 1; round <= 20_000; round++) {
      loop.later(
          () -> {
            meet(atOnce);
            places.enter(guest("next", heard));
          });
      meet(atOnce);
      places.left();
      // Both the guest's entering and whoever is told of the place are tasks of the loop by now.
      assertEquals(
          round,
          TestLoops.onLoop(loop, heard::size),
          "nobody told the guest that the place is free");
    }
    assertEquals(1, places.running());
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception failed) {
      throw new AssertionError(failed);
    }
  }

  private void enter(Places places, Places.Guest guest) throws Exception {
    TestLoops.<Boolean>onLoop(
        loop,
        () -> {
          places.enter(guest);
          return true;
        });
  }

  /** Writes down what becomes of it; read after the loop has settled. */
  private static Places.Guest guest(String name, List<String> heard) {
    return new Places.Guest() {
      @Override
      public void begin() {
        heard.add(name + " begins");
      }

      @Override
      public void refused(Refusal reason, String why) {
        heard.add(name + ": " + reason);
      }
    };
  }
}
