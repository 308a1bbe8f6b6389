package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.Protocol2.State;
import dev.nodepass.runtime.control.Protocol2.Step;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From the greeting to the verdict; what comes after is in {@link LinkTest}. */
class ServerProtocol2Test {
  private static final State ENDED = new State.Ended();

  /** Not zero, and such that it runs over: a monotonic clock may stand anywhere. */
  private static final long ZERO = Long.MAX_VALUE - 1000;

  private static final State GREETING = new State.Greeting(ZERO);
  private static final State JUDGING = new State.Judging(ZERO);

  private final Protocol2 protocol = new ServerProtocol2(Messages.SERVER);

  private static long at(double seconds) {
    return ZERO + (long) (seconds * 1e9);
  }

  private static Event said(Message message) {
    return new Event.Line(Messages.line(message), at(1));
  }

  private static Step garbage(String why) {
    return new Step(ENDED, List.of(new Action.End(why, true)));
  }

  private static List<State> alive() {
    return List.of(GREETING, JUDGING, Link.open(Duration.ofSeconds(5), ZERO));
  }

  @Test
  void itNamesItselfFirst() {
    assertEquals(
        new Step(GREETING, List.of(new Action.Send(Messages.SERVER))), protocol.start(ZERO));
  }

  @Test
  void aClientThatIntroducesItselfIsJudged() {
    assertEquals(
        new Step(JUDGING, List.of(new Action.Judge(Messages.CLIENT))),
        protocol.on(GREETING, said(Messages.CLIENT)));
  }

  @Test
  void anAdmittedClientHasASession() {
    assertEquals(
        new Step(
            Link.open(Duration.ofSeconds(5), at(2)),
            List.of(new Action.Send(Messages.SESSION), new Action.Begin())),
        protocol.on(JUDGING, new Event.Admitted(Messages.SESSION, at(2))));
  }

  @Test
  void aRejectedClientIsToldAndClosed() {
    assertEquals(
        new Step(
            ENDED,
            List.of(
                new Action.Send(Messages.REFUSED),
                new Action.End("refused (limit): it is full", false))),
        protocol.on(JUDGING, new Event.Rejected(Messages.REFUSED)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3, Integer.MAX_VALUE})
  void aClientOfAnotherVersionIsToldSo(int version) {
    Message.Client other =
        new Message.Client(
            Messages.INSTANCE,
            version,
            Messages.NONCE,
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            /* plain= */ false);
    String text = "this server speaks version 2, the client speaks " + version;

    assertEquals(
        new Step(
            ENDED,
            List.of(
                new Action.Send(new Message.Refused("version", text)),
                new Action.Refused(new Message.Refused("version", text)),
                new Action.End("refused (version): " + text, false))),
        protocol.on(GREETING, said(other)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"ping://1", "pool://1", "ok://", "data://", "drained://", "tcp://u", "new://x"})
  void whoSaysSomethingElseFirstIsGarbage(String line) {
    assertEquals(
        garbage("the client did not introduce itself"),
        protocol.on(GREETING, new Event.Line(line, at(1))));
  }

  @Test
  void aMalformedIntroductionIsGarbage() {
    assertEquals(
        garbage("the client sent something that is no line of protocol 2"),
        protocol.on(GREETING, new Event.Line("GET / HTTP/1.1", at(1))));
    assertEquals(
        garbage("the client sent client://, with no instance"),
        protocol.on(GREETING, new Event.Line("client://x?v=2", at(1))));
  }

  @Test
  void aClientThatDoesNotWaitForItsVerdictIsGarbage() {
    for (Message message : List.of(Messages.CLIENT, new Message.Ping(1), new Message.Drained())) {
      assertEquals(
          garbage("the client spoke before it was taken"), protocol.on(JUDGING, said(message)));
    }
  }

  @Test
  void aClientThatSaysNothingIsClosedAfterFiveSeconds() {
    assertEquals(new Step(GREETING, List.of()), protocol.on(GREETING, new Event.Tick(at(5))));
    assertEquals(
        garbage("the client did not introduce itself within 5 s"),
        protocol.on(GREETING, new Event.Tick(at(5.001))));
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
  void beforeTheVerdictNothingIsSaidWhateverTheShellWants() {
    for (State state : List.of(GREETING, JUDGING)) {
      for (Event event :
          List.of(
              new Event.DrainWanted(Duration.ofSeconds(1)),
              new Event.LaunchesOver(),
              new Event.Say(new Message.Pool(1, 1)),
              new Event.Introduced(Messages.CLIENT),
              new Event.Trusted(Duration.ofSeconds(5), at(1)))) {
        assertEquals(new Step(state, List.of()), protocol.on(state, event));
      }
    }
  }

  @Test
  void aVerdictCountsOnlyForAClientThatIsJudged() {
    for (State state : List.of(GREETING, Link.open(Duration.ofSeconds(5), ZERO))) {
      for (Event event :
          List.of(
              new Event.Admitted(Messages.SESSION, at(1)), new Event.Rejected(Messages.REFUSED))) {
        assertEquals(new Step(state, List.of()), protocol.on(state, event));
      }
    }
  }

  @Test
  void theStatesOfAClientAreNotItsOwn() {
    for (State state : ClientProtocol2Test.opening()) {
      assertThrows(IllegalStateException.class, () -> protocol.on(state, new Event.Tick(at(1))));
    }
  }
}
