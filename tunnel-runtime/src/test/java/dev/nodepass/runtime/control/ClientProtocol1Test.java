package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.control.ClientProtocol1.Action;
import dev.nodepass.runtime.control.ClientProtocol1.Event;
import dev.nodepass.runtime.control.ClientProtocol1.State;
import dev.nodepass.runtime.control.ClientProtocol1.Step;
import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.control.Signal.Traffic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientProtocol1Test {
  private static final Duration OWN = Duration.ofSeconds(5);
  private static final State ENDED = new State.Ended();

  /** Not zero, and such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  private final ClientProtocol1 protocol = new ClientProtocol1(OWN);
  private State state = protocol.start(ZERO);

  private static long at(double seconds) {
    return ZERO + (long) (seconds * 1e9);
  }

  private List<Action> on(Event event) {
    Step step = protocol.on(state, event);
    state = step.next();
    return step.actions();
  }

  private List<Action> line(String text, double seconds) {
    return on(new Event.Line(text, at(seconds)));
  }

  private List<Action> tick(double seconds) {
    return on(new Event.Tick(at(seconds)));
  }

  private static void assertEnds(List<Action> actions, String why) {
    assertEquals(1, actions.size());
    assertTrue(assertInstanceOf(Action.End.class, actions.getFirst()).why().contains(why));
  }

  @Test
  void theFirstRemoteBringsItUpAndIsDialled() {
    assertEquals(List.of(new Action.DialTo(2495)), line("remote://2495", 1));
    assertEquals(new State.Up(2495, at(1), Duration.ZERO, Duration.ZERO, 1), state);
  }

  @Test
  void aHeartbeatIsNoReasonToDialAgain() {
    line("remote://2495", 0);

    assertEquals(List.of(), line("remote://2495", 5));
    assertEquals(new State.Up(2495, at(5), Duration.ofSeconds(5), Duration.ZERO, 2), state);
  }

  @Test
  void anotherPortIsDialledFromThenOn() {
    line("remote://2495", 0);

    assertEquals(List.of(new Action.DialTo(2496)), line("remote://2496", 5));
    assertEquals(new State.Up(2496, at(5), Duration.ofSeconds(5), Duration.ZERO, 2), state);
  }

  @Test
  void aLaunchTakesADataConnection() {
    line("remote://2495", 0);

    assertEquals(
        List.of(new Action.Take(new Launch(Traffic.TCP, "831ba1ac"))), line("tcp://831ba1ac", 1));
    assertEquals(
        List.of(new Action.Take(new Launch(Traffic.UDP, "24ae973b"))), line("udp://24ae973b", 1));
  }

  @Test
  void aLaunchBeforeThePortIsOdd() {
    assertEquals(
        List.of(new Action.Warn("the server launched a connection before naming its port")),
        line("tcp://831ba1ac", 1));
    assertEquals(protocol.start(ZERO), state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"remote://http", "remote://0", "tcp://", "udp://"})
  void nonsenseIsAWarningAndItGoesOn(String text) {
    assertInstanceOf(Action.Warn.class, line(text, 1).getFirst());
    assertEquals(protocol.start(ZERO), state);

    line("remote://2495", 1);
    State up = state;
    assertInstanceOf(Action.Warn.class, line(text, 2).getFirst());
    assertEquals(up, state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "pong://1", "hello"})
  void blankLinesAndUnknownSchemesAreNothing(String text) {
    assertEquals(List.of(), line(text, 1));
    line("remote://2495", 1);
    State up = state;

    assertEquals(List.of(), line(text, 2));
    assertEquals(up, state);
  }

  @Test
  void aServerThatNamesNoPortIsGivenTenSeconds() {
    assertEquals(List.of(), tick(10));
    assertEnds(tick(10.001), "the server named no data port within 10 s: is it NodePass 1.0.x?");
    assertEquals(ENDED, state);
  }

  @Test
  void theIntervalIsTheLongerOfTheLastTwoGaps() {
    line("remote://2495", 0);
    line("remote://2495", 9);
    line("remote://2495", 12);
    line("remote://2495", 14.5);

    assertEquals(List.of(), tick(14.5 + 9));
    assertEnds(tick(14.5 + 9.001), "the server was silent for 9000 ms: taken for dead");
  }

  @Test
  void heartbeatsThatComeInABunchDoNotMakeAServerDead() {
    line("remote://2495", 0);
    line("remote://2495", 0.000001);
    line("remote://2495", 0.000002);

    assertEquals(List.of(), tick(3));
  }

  @Test
  void aServerSilentForThreeIntervalsIsDead() {
    line("remote://2495", 0);
    line("remote://2495", 2);

    assertEquals(List.of(), tick(8));
    assertEnds(tick(8.001), "the server was silent for 6000 ms: taken for dead");
    assertEquals(ENDED, state);
  }

  @Test
  void launchesAreNoHeartbeats() {
    line("remote://2495", 0);
    line("remote://2495", 2);
    line("tcp://831ba1ac", 7);

    assertEnds(tick(8.001), "silent");
  }

  @Test
  void beforeTwoHeartbeatsAServerMayBeSlow() {
    line("remote://2495", 0);

    assertEquals(List.of(), tick(60));
    assertEnds(tick(60.001), "the server was silent for 60000 ms");
  }

  @Test
  void beforeTwoHeartbeatsALongIntervalOfItsOwnCountsMore() {
    ClientProtocol1 slow = new ClientProtocol1(Duration.ofMinutes(1));
    State up = slow.on(slow.start(0), new Event.Line("remote://1", 0)).next();

    assertEquals(up, slow.on(up, new Event.Tick(Duration.ofMinutes(3).toNanos())).next());
    assertEquals(ENDED, slow.on(up, new Event.Tick(Duration.ofMinutes(3).toNanos() + 1)).next());
  }

  @Test
  void aClockThatStandsStillOrGoesBackEndsNothing() {
    assertEquals(List.of(), tick(-3600));
    line("remote://2495", 0);
    line("remote://2495", 2);

    assertEquals(List.of(), tick(2));
    assertEquals(List.of(), tick(-3600));
  }

  @Test
  void aLineThatIsTooLongEndsIt() {
    assertEnds(on(new Event.LineTooLong()), "a line of more than 4096 bytes");
    assertEquals(ENDED, state);
  }

  @Test
  void theEndOfTheConnectionEndsItInEveryState() {
    assertEquals(
        new Step(ENDED, List.of(new Action.End("x"))), protocol.on(state, new Event.Closed("x")));
    line("remote://2495", 0);
    assertEquals(
        new Step(ENDED, List.of(new Action.End("x"))), protocol.on(state, new Event.Closed("x")));
  }

  @Test
  void theEndIsFinal() {
    List<Event> all =
        List.of(
            new Event.Line("remote://2495", at(1)),
            new Event.Line("tcp://831ba1ac", at(1)),
            new Event.Line("remote://x", at(1)),
            new Event.LineTooLong(),
            new Event.Tick(at(1e6)),
            new Event.Closed("again"));
    for (Event event : all) {
      assertEquals(new Step(ENDED, List.of()), protocol.on(ENDED, event));
    }
  }

  @Test
  void aRandomWalkNeverThrowsAndEndsOnce() {
    Random random = new Random(42);
    List<String> lines =
        List.of(
            "remote://2495",
            "remote://2495",
            "remote://7",
            "remote://x",
            "tcp://a",
            "udp://b",
            "tcp://",
            "",
            "odd://",
            "\u0000");
    int walks = 0;
    double seconds = 0;
    List<Action> all = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      seconds += random.nextDouble() * 4;
      State before = state;
      int die = random.nextInt(100);
      List<Action> actions =
          die < 60
              ? line(lines.get(random.nextInt(lines.size())), seconds)
              : die < 97
                  ? tick(seconds)
                  : on(die < 98 ? new Event.LineTooLong() : new Event.Closed("closed"));
      all.addAll(actions);
      boolean ends = actions.stream().anyMatch(Action.End.class::isInstance);
      assertEquals(ends, !before.equals(ENDED) && state.equals(ENDED));
      assertTrue(!before.equals(ENDED) || (state.equals(ENDED) && actions.isEmpty()));
      assertTrue(
          actions.stream().noneMatch(Action.Take.class::isInstance) || before instanceof State.Up);
      if (state.equals(ENDED) && random.nextInt(5) == 0) {
        state = protocol.start(at(seconds));
        walks++;
      }
    }

    assertTrue(walks > 20, "walks: " + walks);
    assertEquals(4, all.stream().map(Object::getClass).distinct().count(), "every action was seen");
  }
}
