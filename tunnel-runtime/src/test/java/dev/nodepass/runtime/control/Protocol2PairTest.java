package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.Protocol2.State;
import dev.nodepass.runtime.control.Protocol2.Step;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Both sides, one beside the other, with a wire between them on which lines take their time. */
class Protocol2PairTest {
  private static final Duration GRACE = Duration.ofSeconds(30);

  /** What may happen next. */
  enum Turn {
    SERVER_READS,
    CLIENT_READS,
    CLIENT_TRUSTS,
    TIME_PASSES,
    MUCH_TIME_PASSES,
    SERVER_DRAINS,
    CLIENT_DRAINS,
    SERVER_LAUNCHES_OVER,
    CLIENT_LAUNCHES_OVER,
    SERVER_SAYS,
    WIRE_BREAKS
  }

  /** One side and what is on its way to it. */
  private static final class Side {
    private final Protocol2 protocol;
    private final Deque<String> incoming = new ArrayDeque<>();
    private final List<Message> heard = new ArrayList<>();
    private State state = new State.Ended();
    private boolean closed;
    private int drains;

    Side(Protocol2 protocol) {
      this.protocol = protocol;
    }

    boolean isOpen() {
      return state instanceof State.Open;
    }

    boolean isEnded() {
      return state instanceof State.Ended;
    }
  }

  /** The connection between them. */
  private static final class Wire {
    private final Side server = new Side(new ServerProtocol2(Messages.SERVER));
    private final Side client = new Side(new ClientProtocol2());
    private final boolean admits;
    private long now = Long.MAX_VALUE - Duration.ofSeconds(3).toNanos();
    private boolean broken;
    private @Nullable Duration checked;

    Wire(boolean admits) {
      this.admits = admits;
      follow(server, server.protocol.start(now));
      follow(client, client.protocol.start(now));
    }

    private void on(Side side, Event event) {
      follow(side, side.protocol.on(side.state, event));
    }

    private void follow(Side side, Step step) {
      side.state = step.next();
      Side other = side == server ? client : server;
      for (Action action : step.actions()) {
        switch (action) {
          case Action.Send(var message) -> {
            if (!broken) {
              other.incoming.add(Messages.line(message));
            }
          }
          case Action.Judge judge ->
              on(
                  side,
                  admits
                      ? new Event.Admitted(Messages.SESSION, now)
                      : new Event.Rejected(Messages.REFUSED));
          case Action.Introduce introduce -> on(side, new Event.Introduced(Messages.CLIENT));
          // In mode forward, a listener is opened first.
          case Action.Check(var session) -> checked = session.interval();
          case Action.Heard(var message) -> side.heard.add(message);
          case Action.End(String why, boolean garbage) -> {
            // Between two that keep to the protocol, only a deadline can be missed.
            assertFalse(garbage && !why.contains(" within "), why);
            other.closed = true;
          }
          default -> {}
        }
      }
    }

    /** The next line, or the end behind the last one. */
    boolean read(Side side) {
      if (!side.incoming.isEmpty()) {
        on(side, new Event.Line(side.incoming.remove(), now));
        return true;
      }
      if (side.closed) {
        side.closed = false;
        on(side, new Event.Closed("the peer closed"));
        return true;
      }
      return false;
    }

    void pass(Duration time) {
      now += time.toNanos();
      on(server, new Event.Tick(now));
      on(client, new Event.Tick(now));
    }

    /** The client's shell has done what it had to. */
    boolean trust() {
      Duration interval = checked;
      checked = null;
      if (interval != null) {
        on(client, new Event.Trusted(interval, now));
      }
      return interval != null;
    }

    void drain(Side side) {
      side.drains += side.isOpen() ? 1 : 0;
      on(side, new Event.DrainWanted(GRACE));
    }

    void turn(Turn turn) {
      switch (turn) {
        case SERVER_READS -> read(server);
        case CLIENT_READS -> read(client);
        case CLIENT_TRUSTS -> trust();
        case TIME_PASSES -> pass(Duration.ofMillis(700));
        case MUCH_TIME_PASSES -> pass(Duration.ofSeconds(6));
        case SERVER_DRAINS -> drain(server);
        case CLIENT_DRAINS -> drain(client);
        case SERVER_LAUNCHES_OVER -> on(server, new Event.LaunchesOver());
        case CLIENT_LAUNCHES_OVER -> on(client, new Event.LaunchesOver());
        case SERVER_SAYS -> on(server, new Event.Say(new Message.Pool(4, 1)));
        case WIRE_BREAKS -> {
          broken = true;
          server.incoming.clear();
          client.incoming.clear();
          server.closed = true;
          client.closed = true;
        }
      }
    }

    /** All that is on its way arrives. */
    void settle() {
      while (read(server) || read(client) || trust()) {}
    }
  }

  private static Arbitrary<List<Turn>> turns(boolean harmless) {
    return Arbitraries.frequencyOf(
            Tuple.of(
                40,
                Arbitraries.of(
                    Turn.SERVER_READS,
                    Turn.CLIENT_READS,
                    Turn.SERVER_READS,
                    Turn.CLIENT_READS,
                    Turn.CLIENT_TRUSTS,
                    Turn.SERVER_DRAINS,
                    Turn.CLIENT_DRAINS,
                    Turn.SERVER_LAUNCHES_OVER,
                    Turn.CLIENT_LAUNCHES_OVER,
                    Turn.SERVER_SAYS)),
            Tuple.of(harmless ? 0 : 10, Arbitraries.of(Turn.TIME_PASSES, Turn.MUCH_TIME_PASSES)),
            Tuple.of(harmless ? 0 : 1, Arbitraries.just(Turn.WIRE_BREAKS)))
        .list()
        .ofMaxSize(60);
  }

  @Provide
  static Arbitrary<List<Turn>> any() {
    return turns(/* harmless= */ false);
  }

  @Provide
  static Arbitrary<List<Turn>> harmless() {
    return turns(/* harmless= */ true);
  }

  @Property
  void whateverHappensBothStandOrBothHaveEnded(
      @ForAll("any") List<Turn> turns, @ForAll boolean admits) {
    Wire wire = new Wire(admits);
    turns.forEach(wire::turn);
    wire.settle();

    assertEquals(wire.server.isEnded(), wire.client.isEnded());
    assertEquals(wire.server.isOpen(), wire.client.isOpen());
    assertEquals(!wire.server.isEnded(), wire.server.isOpen());
  }

  @Property
  void whereNothingBreaksAndNobodyIsSlowBothStand(@ForAll("harmless") List<Turn> turns) {
    Wire wire = new Wire(/* admits= */ true);
    turns.forEach(wire::turn);
    wire.settle();

    assertInstanceOf(State.Open.class, wire.server.state);
    assertInstanceOf(State.Open.class, wire.client.state);
  }

  @Property
  void everyDrainIsHeardAndAnsweredOnce(@ForAll("harmless") List<Turn> turns) {
    Wire wire = new Wire(/* admits= */ true);
    turns.forEach(wire::turn);
    wire.settle();
    wire.turn(Turn.SERVER_LAUNCHES_OVER);
    wire.turn(Turn.CLIENT_LAUNCHES_OVER);
    wire.settle();

    assertAnswered(wire.server, wire.client);
    assertAnswered(wire.client, wire.server);
  }

  private static void assertAnswered(Side one, Side other) {
    List<Message> expected = one.drains == 0 ? List.of() : List.of(new Message.Drain(GRACE));
    assertEquals(expected, other.heard.stream().filter(Message.Drain.class::isInstance).toList());
    assertEquals(
        expected.size(), one.heard.stream().filter(Message.Drained.class::isInstance).count());
  }

  @Property(tries = 50)
  void heartbeatsKeepASessionUpThatHasNothingElseToSay(@ForAll("harmless") List<Turn> turns) {
    Wire wire = new Wire(/* admits= */ true);
    turns.forEach(wire::turn);
    wire.settle();
    for (int i = 0; i < 600; i++) {
      wire.pass(Duration.ofSeconds(1));
      wire.settle();
    }

    assertEquals(120, assertInstanceOf(State.Open.class, wire.server.state).pings());
    assertEquals(120, assertInstanceOf(State.Open.class, wire.client.state).pings());
  }

  @Test
  void aRefusalArrivesBeforeTheEndOfTheConnection() {
    Wire wire = new Wire(/* admits= */ false);
    wire.settle();

    assertEquals(new State.Ended(), wire.server.state);
    assertEquals(new State.Ended(), wire.client.state);
  }

  @Test
  void aWireThatCarriesNothingMoreIsFoundByBothSides() {
    Wire wire = new Wire(/* admits= */ true);
    wire.settle();
    for (int i = 0; i < 16; i++) {
      wire.pass(Duration.ofSeconds(1));
    }

    assertEquals(new State.Ended(), wire.server.state);
    assertEquals(new State.Ended(), wire.client.state);
  }
}
