package dev.nodepass.runtime.control;

import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.control.Signal.Remote;
import java.time.Duration;
import java.util.List;

/**
 * The server's side of a protocol 1 session as a pure function: a state and an event go in, the
 * next state and what to do come out. Times are nanoseconds of one monotonic clock.
 *
 * <pre>
 * Handshaking --TLS done--> OpeningPort --port open--> Serving --closed, garbage--> Ended
 *       '---- deadline, no TLS ----'---- no port free ----------------------------------^
 * </pre>
 *
 * <p>A protocol 1 client never writes, so the server cannot hear that it lives; that a silent one
 * is dead is found by the kernel (TCP_USER_TIMEOUT over the unanswered heartbeats) and comes as
 * {@link Event.Closed}.
 */
public final class ServerProtocol1 {
  /** How long a TLS handshake may take. */
  public static final Duration HANDSHAKE_DEADLINE = Duration.ofSeconds(5);

  private final Duration interval;

  /**
   * @param interval the time between heartbeats, REPORT_INTERVAL
   */
  public ServerProtocol1(Duration interval) {
    this.interval = interval;
  }

  /** Where the session is. */
  public sealed interface State {
    /** A connection, not yet a client. */
    record Handshaking(long since) implements State {}

    /** A client, whose port for data connections is being opened. */
    record OpeningPort() implements State {}

    /**
     * Heartbeats and launches are sent.
     *
     * @param port the session's port for data connections
     * @param beat when the last heartbeat went out
     */
    record Serving(int port, long beat) implements State {}

    /** Nothing more will happen. */
    record Ended() implements State {}
  }

  /** What happened. */
  public sealed interface Event {
    /** The handshake is complete. */
    record HandshakeDone() implements Event {}

    /** The session's data port is open. */
    record PortOpen(int port, long now) implements Event {}

    /** A data connection of the session was taken for a user. */
    record Taken(Launch launch) implements Event {}

    /** The client wrote, which protocol 1 does not allow. */
    record PeerSpoke() implements Event {}

    /** Time has passed. */
    record Tick(long now) implements Event {}

    /** The connection ended, or has to. */
    record Closed(String why) implements Event {}
  }

  /** What to do about it. */
  public sealed interface Action {
    /** Open a port for the session's data connections. */
    record OpenPort() implements Action {}

    /** Users may be sent to the session from now on. */
    record Serve() implements Action {}

    /** Write the signal. */
    record Send(Signal signal) implements Action {}

    /** A heartbeat is among what was sent. */
    record Beat() implements Action {}

    /**
     * Close the control connection; the session is over.
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
  public record Step(State next, List<Action> actions) {
    public Step {
      actions = List.copyOf(actions);
    }
  }

  /** The state of a connection just accepted. */
  public State start(long now) {
    return new State.Handshaking(now);
  }

  /** The next step. */
  public Step on(State state, Event event) {
    if (state instanceof State.Ended) {
      return new Step(state, List.of());
    }
    return switch (event) {
      case Event.HandshakeDone done when state instanceof State.Handshaking ->
          new Step(new State.OpeningPort(), List.of(new Action.OpenPort()));
      case Event.PortOpen open when state instanceof State.OpeningPort ->
          new Step(
              new State.Serving(open.port(), open.now()),
              List.of(
                  new Action.Send(new Remote(open.port())), new Action.Beat(), new Action.Serve()));
      case Event.Taken taken when state instanceof State.Serving ->
          new Step(state, List.of(new Action.Send(taken.launch())));
      case Event.HandshakeDone late -> new Step(state, List.of());
      case Event.PortOpen late -> new Step(state, List.of());
      case Event.Taken early -> new Step(state, List.of());
      case Event.PeerSpoke spoke ->
          end("the client wrote on the control channel, which protocol 1 does not allow", true);
      case Event.Tick tick -> tick(state, tick.now());
      case Event.Closed closed -> end(closed.why(), false);
    };
  }

  private Step tick(State state, long now) {
    return switch (state) {
      case State.Handshaking shaking when now - shaking.since() > HANDSHAKE_DEADLINE.toNanos() ->
          end("no TLS handshake within " + HANDSHAKE_DEADLINE.toSeconds() + " s", true);
      case State.Serving serving when now - serving.beat() >= interval.toNanos() ->
          new Step(
              new State.Serving(serving.port(), now),
              List.of(new Action.Send(new Remote(serving.port())), new Action.Beat()));
      default -> new Step(state, List.of());
    };
  }

  private static Step end(String why, boolean garbage) {
    return new Step(new State.Ended(), List.of(new Action.End(why, garbage)));
  }
}
