package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.control.ServerProtocol1.Action;
import dev.nodepass.runtime.control.ServerProtocol1.Event;
import dev.nodepass.runtime.control.ServerProtocol1.State;
import dev.nodepass.runtime.control.ServerProtocol1.Step;
import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.control.Signal.Remote;
import dev.nodepass.runtime.control.Signal.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ServerProtocol1Test {
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final State ENDED = new State.Ended();

  /** Not zero, and such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  private static final Launch LAUNCH = new Launch(Traffic.TCP, "831ba1ac");

  private final ServerProtocol1 protocol = new ServerProtocol1(INTERVAL);
  private State state = protocol.start(ZERO);

  private static long at(double seconds) {
    return ZERO + (long) (seconds * 1e9);
  }

  private List<Action> on(Event event) {
    Step step = protocol.on(state, event);
    state = step.next();
    return step.actions();
  }

  private List<Action> tick(double seconds) {
    return on(new Event.Tick(at(seconds)));
  }

  private void serve() {
    on(new Event.HandshakeDone());
    on(new Event.PortOpen(2495, at(0)));
  }

  private static List<State> alive() {
    return List.of(
        new State.Handshaking(ZERO), new State.OpeningPort(), new State.Serving(2495, ZERO));
  }

  @Test
  void afterTheHandshakeAPortIsOpened() {
    assertEquals(List.of(new Action.OpenPort()), on(new Event.HandshakeDone()));
    assertEquals(new State.OpeningPort(), state);
  }

  @Test
  void theOpenPortIsTheFirstHeartbeatAndThenUsersMayCome() {
    on(new Event.HandshakeDone());

    assertEquals(
        List.of(new Action.Send(new Remote(2495)), new Action.Beat(), new Action.Serve()),
        on(new Event.PortOpen(2495, at(1))));
    assertEquals(new State.Serving(2495, at(1)), state);
  }

  @Test
  void aTakenConnectionIsLaunched() {
    serve();

    assertEquals(List.of(new Action.Send(LAUNCH)), on(new Event.Taken(LAUNCH)));
    assertEquals(new State.Serving(2495, at(0)), state);
  }

  @Test
  void aHeartbeatGoesOutEachInterval() {
    serve();
    List<Double> beats = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      double now = i * 0.5;
      List<Action> actions = tick(now);
      if (!actions.isEmpty()) {
        assertEquals(List.of(new Action.Send(new Remote(2495)), new Action.Beat()), actions);
        beats.add(now);
      }
    }

    assertEquals(20, beats.size());
    assertEquals(5.0, beats.getFirst());
    assertEquals(100.0, beats.getLast());
  }

  @Test
  void launchesAreNoHeartbeats() {
    serve();
    on(new Event.Taken(LAUNCH));

    assertEquals(List.of(), tick(4.999));
    assertEquals(2, tick(5).size());
  }

  @Test
  void aLateTickIsOneHeartbeatNotMany() {
    serve();

    assertEquals(2, tick(3600).size());
    assertEquals(List.of(), tick(3600));
    assertEquals(List.of(), tick(3604.9));
    assertEquals(2, tick(3605).size());
  }

  @Test
  void aConnectionWithoutHandshakeIsClosedAfterFiveSeconds() {
    assertEquals(List.of(), tick(5));
    assertEquals(List.of(new Action.End("no TLS handshake within 5 s", true)), tick(5.001));
    assertEquals(ENDED, state);
  }

  @Test
  void openingThePortHasNoDeadlineOfItsOwn() {
    on(new Event.HandshakeDone());

    assertEquals(List.of(), tick(3600));
    assertEquals(new State.OpeningPort(), state);
  }

  @Test
  void aPeerThatSpeaksIsGarbageInEveryState() {
    for (State each : alive()) {
      assertEquals(
          new Step(
              ENDED,
              List.of(
                  new Action.End(
                      "the client wrote on the control channel, which protocol 1 does not allow",
                      true))),
          protocol.on(each, new Event.PeerSpoke()));
    }
  }

  @Test
  void theEndOfTheConnectionEndsItInEveryState() {
    for (State each : alive()) {
      assertEquals(
          new Step(ENDED, List.of(new Action.End("gone", false))),
          protocol.on(each, new Event.Closed("gone")));
    }
  }

  @Test
  void theEndIsFinal() {
    for (Event event : events(at(1e6))) {
      assertEquals(new Step(ENDED, List.of()), protocol.on(ENDED, event));
    }
  }

  private static List<Event> events(long now) {
    return List.of(
        new Event.HandshakeDone(),
        new Event.PortOpen(7, now),
        new Event.Taken(LAUNCH),
        new Event.Tick(now),
        new Event.PeerSpoke(),
        new Event.Closed("closed"));
  }

  @Test
  void aClockThatGoesBackEndsNothing() {
    assertEquals(List.of(), tick(-3600));
    serve();
    assertEquals(List.of(), tick(-3600));
  }

  @Test
  void aRandomWalkNeverThrowsAndSendsNothingAfterItsEnd() {
    Random random = new Random(42);
    double seconds = 0;
    int walks = 0;
    for (int i = 0; i < 5000; i++) {
      seconds += random.nextDouble() * 3;
      State before = state;
      int die = random.nextInt(100);
      List<Event> all = events(at(seconds));
      List<Action> actions =
          on(all.get(die < 20 ? 0 : die < 40 ? 1 : die < 65 ? 2 : die < 95 ? 3 : die < 97 ? 4 : 5));
      boolean ends = actions.stream().anyMatch(Action.End.class::isInstance);
      assertEquals(ends, !before.equals(ENDED) && state.equals(ENDED));
      assertTrue(!before.equals(ENDED) || (state.equals(ENDED) && actions.isEmpty()));
      assertTrue(!ends || actions.size() == 1, "nothing is sent beside the end");
      if (state.equals(ENDED) && random.nextInt(5) == 0) {
        state = protocol.start(at(seconds));
        walks++;
      }
    }

    assertTrue(walks > 20, "walks: " + walks);
  }
}
