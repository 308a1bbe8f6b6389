package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.Protocol2.State;
import dev.nodepass.runtime.control.Protocol2.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A session that stands. */
class LinkTest {
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final State ENDED = new State.Ended();

  /** Not zero, and such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  private State state = Link.open(INTERVAL, ZERO);

  private static long at(double seconds) {
    return ZERO + (long) (seconds * 1e9);
  }

  private List<Action> on(Event event) {
    Step step = Link.on(assertInstanceOf(State.Open.class, state), event);
    state = step.next();
    return step.actions();
  }

  private List<Action> tick(double seconds) {
    return on(new Event.Tick(at(seconds)));
  }

  private List<Action> said(Message message, double seconds) {
    return on(new Event.Line(Messages.line(message), at(seconds)));
  }

  private State.Open open() {
    return assertInstanceOf(State.Open.class, state);
  }

  private static List<Action> send(Message message) {
    return List.of(new Action.Send(message));
  }

  private static List<Action> heartbeat(long number) {
    return List.of(new Action.Send(new Message.Ping(number)), new Action.Beat());
  }

  private static List<Action> garbage(String why) {
    return List.of(new Action.End(why, true));
  }

  @Test
  void aNewOneIsQuietAndWasHeardJustNow() {
    assertEquals(
        new State.Open(
            INTERVAL,
            ZERO,
            ZERO,
            /* pings= */ 0,
            Duration.ZERO,
            /* drains= */ false,
            /* peerDrains= */ false),
        state);
    assertEquals(List.of(), tick(4.999));
  }

  @Test
  void aNumberedHeartbeatGoesOutEachInterval() {
    List<Double> beats = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      double now = i * 0.5;
      said(new Message.Drained(), now);
      List<Action> actions = tick(now);
      if (!actions.isEmpty()) {
        beats.add(now);
        assertEquals(heartbeat(beats.size()), actions);
      }
    }

    assertEquals(20, beats.size());
    assertEquals(5.0, beats.getFirst());
    assertEquals(100.0, beats.getLast());
  }

  @Test
  void aHeartbeatIsAnsweredAtOnceByItsNumber() {
    assertEquals(send(new Message.Pong(77)), said(new Message.Ping(77), 1));
    assertEquals(send(new Message.Pong(0)), said(new Message.Ping(0), 1));
  }

  @Test
  void theRoundTripIsFromAHeartbeatToItsAnswer() {
    tick(5);
    assertEquals(Duration.ZERO, open().roundTrip());
    said(new Message.Pong(1), 5.25);

    assertEquals(Duration.ofMillis(250), open().roundTrip());
  }

  @Test
  void anAnswerThatComesInTheSameMomentHasTakenSomeTimeAllTheSame() {
    tick(5);
    said(new Message.Pong(1), 5);

    assertEquals(Duration.ofNanos(1), open().roundTrip());
  }

  @Test
  void anAnswerToAnOlderHeartbeatMeasuresNothing() {
    tick(5);
    tick(10);
    said(new Message.Pong(1), 10.1);
    said(new Message.Pong(3), 10.1);

    assertEquals(Duration.ZERO, open().roundTrip());
  }

  @Test
  void anAnswerBeforeTheFirstHeartbeatMeasuresNothing() {
    assertEquals(List.of(), said(new Message.Pong(0), 3));

    assertEquals(Duration.ZERO, open().roundTrip());
  }

  @Test
  void silentForMoreThanThreeIntervalsIsDead() {
    tick(5);
    tick(10);
    assertEquals(heartbeat(3), tick(15));

    assertEquals(
        List.of(new Action.End("the peer was silent for 15000 ms: taken for dead", false)),
        tick(15.001));
    assertEquals(ENDED, state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ping://1", "pong://9", "pool://0", "drained://", "new://x", "peers://1"})
  void aLineOfAnyKindIsALifeSign(String line) {
    on(new Event.Line(line, at(14)));
    assertEquals(heartbeat(1), tick(29));

    assertInstanceOf(Action.End.class, tick(29.001).getFirst());
  }

  @Test
  void whatTheOwnSideSaysIsNoLifeSignOfThePeer() {
    on(new Event.Say(new Message.Pool(1, 1)));
    on(new Event.DrainWanted(Duration.ofSeconds(1)));
    on(new Event.LaunchesOver());

    assertInstanceOf(Action.End.class, tick(15.001).getFirst());
  }

  @Test
  void aLateTickIsOneHeartbeatNotMany() {
    said(new Message.Drained(), 3600);

    assertEquals(heartbeat(1), tick(3600));
    assertEquals(List.of(), tick(3604.9));
    assertEquals(heartbeat(2), tick(3605));
  }

  private static Stream<Message> forTheShell() {
    return Stream.of(
        new Message.Pool(16, 2),
        new Message.Drain(Duration.ofSeconds(3)),
        new Message.Drained(),
        new Message.Certificate(Messages.HASH),
        new Message.Peers(2));
  }

  @ParameterizedTest
  @MethodSource("forTheShell")
  void whatConcernsTheShellIsPassedOn(Message message) {
    assertEquals(List.of(new Action.Heard(message)), said(message, 1));
  }

  @Test
  void linesOfUnknownSchemesAreIgnored() {
    assertEquals(List.of(), on(new Event.Line("new://thing?with=parameters", at(1))));
    assertInstanceOf(State.Open.class, state);
  }

  private static Stream<Message> outOfPlace() {
    return Stream.of(
        Messages.SERVER,
        Messages.CLIENT,
        Messages.SESSION,
        Messages.REFUSED,
        new Message.DataOpen(),
        new Message.Data("s", 1, Messages.HASH),
        new Message.Udp("1"),
        new Message.Ok(),
        new Message.Failed("refused"));
  }

  @ParameterizedTest
  @MethodSource("outOfPlace")
  void whatHasNoPlaceInASessionIsGarbage(Message message) {
    assertEquals(
        garbage("the peer said something that has no place in a session"), said(message, 1));
    assertEquals(ENDED, state);
  }

  @Test
  void whatIsNoLineIsGarbage() {
    assertEquals(
        garbage("the peer sent something that is no line of protocol 2"),
        on(new Event.Line("nonsense", at(1))));
  }

  @Test
  void aMalformedLineIsGarbage() {
    assertEquals(
        garbage("the peer sent drain://, with no grace in milliseconds (5000ms)"),
        on(new Event.Line("drain://?grace=1", at(1))));
  }

  @Test
  void itDrainsOnce() {
    assertEquals(
        send(new Message.Drain(Duration.ofSeconds(30))),
        on(new Event.DrainWanted(Duration.ofSeconds(30))));
    assertEquals(List.of(), on(new Event.DrainWanted(Duration.ofSeconds(10))));
    assertEquals(true, open().drains());
  }

  @Test
  void aDrainIsAnsweredOnceAfterTheLastLaunch() {
    assertEquals(List.of(), on(new Event.LaunchesOver()));
    said(new Message.Drain(Duration.ofSeconds(30)), 1);
    assertEquals(true, open().peerDrains());

    assertEquals(send(new Message.Drained()), on(new Event.LaunchesOver()));
    assertEquals(List.of(), on(new Event.LaunchesOver()));
    assertEquals(false, open().peerDrains());
  }

  @Test
  void bothSidesMayDrainAtATime() {
    on(new Event.DrainWanted(Duration.ofSeconds(30)));
    said(new Message.Drain(Duration.ofSeconds(20)), 1);

    assertEquals(send(new Message.Drained()), on(new Event.LaunchesOver()));
    assertEquals(List.of(new Action.Heard(new Message.Drained())), said(new Message.Drained(), 2));
    assertEquals(heartbeat(1), tick(5));
  }

  @Test
  void theShellMaySaySomething() {
    assertEquals(
        send(new Message.Certificate(Messages.HASH)),
        on(new Event.Say(new Message.Certificate(Messages.HASH))));
  }

  @Test
  void aHeartbeatForgetsNothing() {
    on(new Event.DrainWanted(Duration.ofSeconds(30)));
    said(new Message.Drain(Duration.ofSeconds(30)), 1);
    tick(5);
    said(new Message.Pong(1), 5.1);

    assertEquals(
        new State.Open(
            INTERVAL,
            at(5.1),
            at(5),
            /* pings= */ 1,
            Duration.ofNanos(at(5.1) - at(5)),
            /* drains= */ true,
            /* peerDrains= */ true),
        state);
  }
}
