package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.Protocol2.State;
import dev.nodepass.runtime.control.Protocol2.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** What holds for both sides in whatever order things happen. */
class Protocol2PropertyTest {
  /** Such that it runs over on the way. */
  private static final long ZERO = Long.MAX_VALUE - Duration.ofSeconds(10).toNanos();

  /** Something that happens, some time after what happened before. */
  record Happening(long nanosLater, LongFunction<Event> event) {
    @Override
    public String toString() {
      return "+" + nanosLater / 1_000_000 + "ms " + event.apply(0);
    }
  }

  private static Arbitrary<LongFunction<Event>> lines() {
    return Arbitraries.frequencyOf(
            Tuple.of(6, Messages.inSession().map(Messages::line)),
            Tuple.of(2, Messages.any().map(Messages::line)),
            Tuple.of(
                2,
                Arbitraries.of(
                    Messages.line(Messages.CLIENT),
                    Messages.line(Messages.SERVER),
                    Messages.line(Messages.SESSION),
                    Messages.line(Messages.REFUSED),
                    "pong://1",
                    "new://x")),
            Tuple.of(1, LineTest.texts()))
        .map(text -> now -> new Event.Line(text, now));
  }

  private static Arbitrary<LongFunction<Event>> fromTheShell() {
    return Arbitraries.of(
        List.of(
            now -> new Event.Tick(now),
            now -> new Event.Admitted(Messages.SESSION, now),
            now -> new Event.Rejected(Messages.REFUSED),
            now -> new Event.Introduced(Messages.CLIENT),
            now -> new Event.Trusted(Duration.ofSeconds(5), now),
            now -> new Event.DrainWanted(Duration.ofSeconds(3)),
            now -> new Event.LaunchesOver(),
            now -> new Event.Say(new Message.Pool(3, 1))));
  }

  private static Arbitrary<LongFunction<Event>> ends() {
    return Arbitraries.of(
        List.of(now -> new Event.LineTooLong(), now -> new Event.Closed("closed")));
  }

  @Provide
  static Arbitrary<List<Happening>> happenings() {
    Arbitrary<Long> later =
        Arbitraries.frequencyOf(
                Tuple.of(8, Arbitraries.longs().between(0, 2_000)),
                Tuple.of(1, Arbitraries.longs().between(-2_000, 20_000)))
            .map(millis -> millis * 1_000_000);
    Arbitrary<LongFunction<Event>> events =
        Arbitraries.frequencyOf(
            Tuple.of(10, lines()), Tuple.of(12, fromTheShell()), Tuple.of(1, ends()));
    return Combinators.combine(later, events).as(Happening::new).list().ofMaxSize(40);
  }

  /** One connection, with what has to hold at each step. */
  private static final class Watched {
    private final Protocol2 protocol;
    private final List<Message> sent = new ArrayList<>();
    private long now = ZERO;
    private State state = new State.Ended();
    private int ends;
    private int begins;

    Watched(Protocol2 protocol) {
      this.protocol = protocol;
      follow(protocol.start(now), /* wasEnded= */ false);
    }

    void on(Happening happening) {
      now += happening.nanosLater();
      on(happening.event().apply(now));
    }

    void on(Event event) {
      boolean wasEnded = state instanceof State.Ended;
      follow(protocol.on(state, event), wasEnded);
    }

    private void follow(Step step, boolean wasEnded) {
      state = step.next();
      if (wasEnded) {
        assertEquals(new Step(new State.Ended(), List.of()), step, "the end is final");
      }
      for (Action action : step.actions()) {
        assertEquals(0, ends, "nothing comes behind the end");
        switch (action) {
          case Action.End end -> ends++;
          case Action.Begin begin -> begins++;
          case Action.Send(var message) -> sent(message);
          case Action.Heard heard -> assertEquals(1, begins, "heard before the session stands");
          default -> {}
        }
      }
      assertEquals(state instanceof State.Ended ? 1 : 0, ends, "the end is told when it comes");
      assertTrue(begins <= 1);
      assertTrue(!(state instanceof State.Open) || begins == 1, "it begins when it opens");
    }

    private void sent(Message message) {
      sent.add(message);
      switch (message) {
        case Message.Server server -> assertEquals(1, sent.size(), "the server's name comes first");
        case Message.Session session -> verdict();
        case Message.Refused refused -> verdict();
        case Message.Client client -> assertEquals(1, sent.size(), "the client's name comes first");
        default -> assertEquals(1, begins, () -> "too early: " + message);
      }
    }

    private void verdict() {
      assertEquals(2, sent.size(), "the verdict comes next after the greeting");
      assertInstanceOf(Message.Server.class, sent.getFirst());
    }

    Watched opened() {
      if (protocol instanceof ServerProtocol2) {
        on(new Event.Line(Messages.line(Messages.CLIENT), now));
        on(new Event.Admitted(Messages.SESSION, now));
      } else {
        on(new Event.Line(Messages.line(Messages.SERVER), now));
        on(new Event.Introduced(Messages.CLIENT));
        on(new Event.Line(Messages.line(Messages.SESSION), now));
        on(new Event.Trusted(Duration.ofSeconds(5), now));
      }
      assertInstanceOf(State.Open.class, state);
      return this;
    }
  }

  private static List<Protocol2> sides() {
    return List.of(new ServerProtocol2(Messages.SERVER), new ClientProtocol2());
  }

  @Property
  void fromTheStartNothingIsSaidBeforeItsTimeAndTheEndIsFinal(
      @ForAll("happenings") List<Happening> happenings) {
    for (Protocol2 side : sides()) {
      happenings.forEach(new Watched(side)::on);
    }
  }

  @Property
  void inASessionTheSameHolds(@ForAll("happenings") List<Happening> happenings) {
    for (Protocol2 side : sides()) {
      happenings.forEach(new Watched(side).opened()::on);
    }
  }

  @Property
  void whateverHappenedAConnectionThatIsClosedHasEnded(
      @ForAll("happenings") List<Happening> happenings) {
    for (Protocol2 side : sides()) {
      Watched watched = new Watched(side);
      happenings.forEach(watched::on);
      watched.on(new Event.Closed("at last"));

      assertEquals(new State.Ended(), watched.state);
    }
  }

  @Property
  void whateverHappenedSilenceEndsASession(@ForAll("happenings") List<Happening> happenings) {
    for (Protocol2 side : sides()) {
      Watched watched = new Watched(side).opened();
      happenings.forEach(watched::on);
      watched.on(new Event.Tick(watched.now + Duration.ofMinutes(1).toNanos()));

      assertEquals(new State.Ended(), watched.state);
    }
  }
}
