package dev.nodepass.runtime.control;

import java.time.Duration;
import java.util.List;

/**
 * The control connection of protocol 2 as a pure function: {@link ServerProtocol2} and {@link
 * ClientProtocol2} open a session, each in its way; from then on both are a {@link Link}. A state
 * and an event go in, the next state and what to do come out. Times are nanoseconds of one
 * monotonic clock. Source: docs/protocol.md.
 */
public sealed interface Protocol2 permits ServerProtocol2, ClientProtocol2 {
  /** From the start of the connection until the session stands. */
  Duration OPENING_DEADLINE = Duration.ofSeconds(5);

  /** Silent for this many intervals is dead. */
  int MISSED_INTERVALS = 3;

  /** The state of a connection whose TLS handshake is over, and the first thing to do. */
  Step start(long now);

  /** The next step. */
  Step on(State state, Event event);

  /** Where the control connection is. */
  sealed interface State {
    /** Server: it has named itself and waits for the client to do so. */
    record Greeting(long since) implements State {}

    /** Server: the client has introduced itself, the shell decides. */
    record Judging(long since) implements State {}

    /** Client: it waits for the server's name. */
    record AwaitingServer(long since) implements State {}

    /** Client: the shell decides how to introduce itself. */
    record Introducing(long since) implements State {}

    /** Client: it has introduced itself and waits for the verdict. */
    record AwaitingSession(long since) implements State {}

    /**
     * Client: taken; the shell checks the server's proof.
     *
     * @param early what the server has said since: to it, the session stands
     */
    record Checking(long since, List<String> early) implements State {
      public Checking {
        early = List.copyOf(early);
      }
    }

    /**
     * The session stands.
     *
     * @param heard when the peer said something last
     * @param pinged when this side sent its last heartbeat
     * @param pings how many it sent
     * @param roundTrip between a heartbeat and its answer; zero until there was one
     * @param drains this side has told the peer to start nothing new
     * @param peerDrains the peer has told this side so, and waits for {@code drained}
     */
    record Open(
        Duration interval,
        long heard,
        long pinged,
        long pings,
        Duration roundTrip,
        boolean drains,
        boolean peerDrains)
        implements State {}

    /** Nothing more will happen. */
    record Ended() implements State {}
  }

  /** What happened. */
  sealed interface Event {
    /** A line came, without its line feed. */
    record Line(String text, long now) implements Event {}

    /** A line came that is longer than allowed. */
    record LineTooLong() implements Event {}

    /** Time has passed. */
    record Tick(long now) implements Event {}

    /** The connection ended, or has to. */
    record Closed(String why) implements Event {}

    /** Server: the client is taken. */
    record Admitted(Message.Session session, long now) implements Event {}

    /** Server: it is not; the text goes to the client as well. */
    record Rejected(Message.Refused refused) implements Event {}

    /** Client: this is how to introduce itself. */
    record Introduced(Message.Client client) implements Event {}

    /** Client: the server has proved what it must. */
    record Trusted(Duration interval, long now) implements Event {}

    /** This side wants nothing new to be started. */
    record DrainWanted(Duration grace) implements Event {}

    /** The last launch that was under way when the peer began to drain is out. */
    record LaunchesOver() implements Event {}

    /** Something to say once the session stands; before, it is dropped. */
    record Say(Message message) implements Event {}
  }

  /** What to do about it. */
  sealed interface Action {
    /** Write the message. */
    record Send(Message message) implements Action {}

    /** Server: decide on the client; answer with Admitted or Rejected. */
    record Judge(Message.Client client) implements Action {}

    /** Client: the server has named itself; answer with Introduced or Closed. */
    record Introduce(Message.Server server) implements Action {}

    /** Client: check what the server says; answer with Trusted or Closed. */
    record Check(Message.Session session) implements Action {}

    /** The session stands. */
    record Begin() implements Action {}

    /** The peer said something for the shell: Pool, Drain, Drained, Certificate, Peers. */
    record Heard(Message message) implements Action {}

    /** A heartbeat went out. */
    record Beat() implements Action {}

    /** Client: it was refused. Server: it has refused the client without asking the shell. */
    record Refused(Message.Refused refused) implements Action {}

    /**
     * Close the connection, after what was written; the session is over.
     *
     * @param why for the log
     * @param garbage true when the peer did what the protocol does not allow
     */
    record End(String why, boolean garbage) implements Action {}
  }

  /**
   * The outcome of one event.
   *
   * @param next the state from now on
   * @param actions in the order in which to do them
   */
  record Step(State next, List<Action> actions) {
    public Step {
      actions = List.copyOf(actions);
    }

    static Step of(State next, Action... actions) {
      return new Step(next, List.of(actions));
    }

    static Step end(String why) {
      return of(new State.Ended(), new Action.End(why, false));
    }

    static Step garbage(String why) {
      return of(new State.Ended(), new Action.End(why, true));
    }
  }
}
