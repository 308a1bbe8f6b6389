package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.Protocol2.State;
import dev.nodepass.runtime.control.Protocol2.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the server's name to its session; what comes after is in {@link LinkTest}. */
class ClientProtocol2Test {
  private static final State ENDED = new State.Ended();

  /** Not zero, and such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  private static final State AWAITING_SERVER = new State.AwaitingServer(ZERO);
  private static final State INTRODUCING = new State.Introducing(ZERO);
  private static final State AWAITING_SESSION = new State.AwaitingSession(ZERO);
  private static final State CHECKING = new State.Checking(ZERO, List.of());
  private static final State OPEN = Link.open(Duration.ofSeconds(5), ZERO);

  private final Protocol2 protocol = new ClientProtocol2();

  private static long at(double seconds) {
    return ZERO + (long) (seconds * 1e9);
  }

  static List<State> opening() {
    return List.of(AWAITING_SERVER, INTRODUCING, AWAITING_SESSION, CHECKING);
  }

  private static List<State> untaken() {
    return List.of(AWAITING_SERVER, INTRODUCING, AWAITING_SESSION);
  }

  private static List<State> alive() {
    List<State> alive = new ArrayList<>(opening());
    alive.add(OPEN);
    return alive;
  }

  private Step said(State state, Message message) {
    return protocol.on(state, new Event.Line(Messages.line(message), at(1)));
  }

  private static Step garbage(String why) {
    return new Step(ENDED, List.of(new Action.End(why, true)));
  }

  @Test
  void itWaitsForTheServerToNameItself() {
    assertEquals(new Step(AWAITING_SERVER, List.of()), protocol.start(ZERO));
  }

  @Test
  void itIntroducesItselfToTheServerThatNamedItself() {
    assertEquals(
        new Step(INTRODUCING, List.of(new Action.Introduce(Messages.SERVER))),
        said(AWAITING_SERVER, Messages.SERVER));
    assertEquals(
        new Step(AWAITING_SESSION, List.of(new Action.Send(Messages.CLIENT))),
        protocol.on(INTRODUCING, new Event.Introduced(Messages.CLIENT)));
  }

  @Test
  void aSessionIsCheckedBeforeItBegins() {
    assertEquals(
        new Step(CHECKING, List.of(new Action.Check(Messages.SESSION))),
        said(AWAITING_SESSION, Messages.SESSION));
    assertEquals(
        new Step(Link.open(Duration.ofSeconds(3), at(2)), List.of(new Action.Begin())),
        protocol.on(CHECKING, new Event.Trusted(Duration.ofSeconds(3), at(2))));
  }

  @Test
  void whatTheServerSaysWhileItIsCheckedIsHeardOnceTheSessionStands() {
    State state = CHECKING;
    for (Message message :
        List.of(new Message.Ping(1), new Message.Peers(2), new Message.Drain(Duration.ZERO))) {
      Step step = said(state, message);
      assertEquals(List.of(), step.actions());
      state = step.next();
    }
    Step begun = protocol.on(state, new Event.Trusted(Duration.ofSeconds(3), at(2)));

    assertEquals(
        List.of(
            new Action.Begin(),
            new Action.Send(new Message.Pong(1)),
            new Action.Heard(new Message.Peers(2)),
            new Action.Heard(new Message.Drain(Duration.ZERO))),
        begun.actions());
    assertEquals(true, assertInstanceOf(State.Open.class, begun.next()).peerDrains());
  }

  @Test
  void garbageThatCameWhileItIsCheckedEndsTheSessionAsItBegins() {
    State state = said(said(CHECKING, Messages.SESSION).next(), new Message.Ping(1)).next();

    assertEquals(
        new Step(
            ENDED,
            List.of(
                new Action.Begin(),
                new Action.End("the peer said something that has no place in a session", true))),
        protocol.on(state, new Event.Trusted(Duration.ofSeconds(3), at(2))));
  }

  @Test
  void aServerThatSaysTooMuchWhileItIsCheckedIsGarbage() {
    State state = CHECKING;
    for (int i = 0; i < ClientProtocol2.MOST_EARLY; i++) {
      state = said(state, new Message.Ping(i)).next();
      assertInstanceOf(State.Checking.class, state);
    }

    assertEquals(
        garbage("the server said too much before its session stood"),
        said(state, new Message.Ping(99)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void aServerOfAnotherVersionIsGarbage(int version) {
    assertEquals(
        garbage("the server speaks version " + version + " of the protocol"),
        said(
            AWAITING_SERVER,
            new Message.Server(Messages.INSTANCE, version, Optional.of(Messages.NONCE))));
  }

  @Test
  void aServerWithoutANonceIsGarbage() {
    assertEquals(
        garbage("the server speaks version 2 of the protocol"),
        said(AWAITING_SERVER, new Message.Server(Messages.INSTANCE, 2, Optional.empty())));
  }

  @Test
  void aRefusalIsPassedOnInWhateverStateItComes() {
    for (State state : untaken()) {
      assertEquals(
          new Step(
              ENDED,
              List.of(
                  new Action.Refused(Messages.REFUSED),
                  new Action.End("refused (limit): it is full", false))),
          said(state, Messages.REFUSED));
    }
  }

  @Test
  void whatComesBeforeItsTimeIsGarbage() {
    Step early = garbage("the server said something before its time");

    assertEquals(early, said(AWAITING_SERVER, Messages.SESSION));
    assertEquals(early, said(INTRODUCING, Messages.SERVER));
    assertEquals(early, said(INTRODUCING, Messages.SESSION));
    assertEquals(early, said(AWAITING_SESSION, Messages.SERVER));
    for (State state : untaken()) {
      assertEquals(early, said(state, new Message.Ping(1)));
      assertEquals(early, said(state, new Message.Pool(1, 1)));
      assertEquals(early, said(state, Messages.CLIENT));
    }
  }

  @Test
  void whatIsNoLineOrUnknownIsGarbageBeforeTheSession() {
    for (State state : untaken()) {
      assertEquals(
          garbage("the server said something that opens no session"),
          protocol.on(state, new Event.Line("new://x", at(1))));
      assertEquals(
          garbage("the server sent something that is no line of protocol 2"),
          protocol.on(state, new Event.Line("SSH-2.0-OpenSSH_9.9", at(1))));
      assertEquals(
          garbage("the server sent ping://, with no number"),
          protocol.on(state, new Event.Line("ping://x", at(1))));
    }
  }

  @Test
  void aServerThatOpensNoSessionIsLeftAfterFiveSecondsInAll() {
    for (State state : opening()) {
      assertEquals(new Step(state, List.of()), protocol.on(state, new Event.Tick(at(5))));
      assertEquals(
          new Step(
              ENDED,
              List.of(new Action.End("the server did not open a session within 5 s", false))),
          protocol.on(state, new Event.Tick(at(5.001))));
    }
  }

  @Test
  void theFiveSecondsDoNotBeginAnewWithEachState() {
    State introducing =
        protocol.on(AWAITING_SERVER, new Event.Line(Messages.line(Messages.SERVER), at(4))).next();

    assertEquals(ENDED, protocol.on(introducing, new Event.Tick(at(5.5))).next());
  }

  @Test
  void aClockThatGoesBackEndsNothing() {
    for (State state : alive()) {
      assertEquals(new Step(state, List.of()), protocol.on(state, new Event.Tick(at(-3600))));
    }
  }

  @Test
  void aLineThatIsTooLongIsGarbageInEveryState() {
    for (State state : alive()) {
      assertEquals(
          garbage("the peer sent a line of more than 4096 bytes"),
          protocol.on(state, new Event.LineTooLong()));
    }
  }

  @Test
  void theEndOfTheConnectionEndsItInEveryState() {
    for (State state : alive()) {
      assertEquals(
          new Step(ENDED, List.of(new Action.End("gone", false))),
          protocol.on(state, new Event.Closed("gone")));
    }
  }

  @Test
  void beforeTheSessionNothingIsSaidWhateverTheShellWants() {
    for (State state : opening()) {
      for (Event event :
          List.of(
              new Event.DrainWanted(Duration.ofSeconds(1)),
              new Event.LaunchesOver(),
              new Event.Say(new Message.Ping(1)),
              new Event.Admitted(Messages.SESSION, at(1)),
              new Event.Rejected(Messages.REFUSED))) {
        assertEquals(new Step(state, List.of()), protocol.on(state, event));
      }
    }
  }

  @Test
  void theShellsAnswersCountOnlyWhereTheyWereAskedFor() {
    for (State state : List.of(AWAITING_SERVER, AWAITING_SESSION, CHECKING, OPEN)) {
      assertEquals(
          new Step(state, List.of()), protocol.on(state, new Event.Introduced(Messages.CLIENT)));
    }
    for (State state : List.of(AWAITING_SERVER, INTRODUCING, AWAITING_SESSION, OPEN)) {
      assertEquals(
          new Step(state, List.of()),
          protocol.on(state, new Event.Trusted(Duration.ofSeconds(1), at(1))));
    }
  }

  @Test
  void theStatesOfAServerAreNotItsOwn() {
    for (State state : List.of(new State.Greeting(ZERO), new State.Judging(ZERO))) {
      assertThrows(IllegalStateException.class, () -> protocol.on(state, new Event.Tick(at(1))));
    }
  }
}
