package dev.nodepass.runtime.control;

import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.control.Signal.Remote;
import java.time.Duration;
import java.util.List;

/**
 * The client's side of a protocol 1 session as a pure function: a state and an event go in, the
 * next state and what to do come out. Times are nanoseconds of one monotonic clock.
 *
 * <pre>
 * AwaitingRemote --remote--> Up --silent for three intervals, or closed--> Ended
 *       '---------- no remote within the deadline, or closed ------------------^
 * </pre>
 */
public final class ClientProtocol1 {
  /** Silent for this many intervals is dead. */
  static final int MISSED_INTERVALS = 3;

  /** What the interval is taken to be until two heartbeats have shown it; at least the own one. */
  static final Duration UNKNOWN_INTERVAL = Duration.ofSeconds(20);

  /** How long the server may take to name its data port. */
  static final Duration REMOTE_DEADLINE = Duration.ofSeconds(10);

  private final Duration ownInterval;

  /**
   * @param ownInterval this client's REPORT_INTERVAL: the server's is likely the same
   */
  public ClientProtocol1(Duration ownInterval) {
    this.ownInterval = ownInterval;
  }

  /** Where the session is. */
  public sealed interface State {
    /** The handshake is done, the data port not yet known. */
    record AwaitingRemote(long since) implements State {}

    /**
     * Users may come.
     *
     * @param port the server's data port
     * @param heard when the last heartbeat came
     * @param interval the longest time between heartbeats so far; zero until there were two
     * @param beats how many heartbeats came
     */
    record Up(int port, long heard, Duration interval, long beats) implements State {}

    /** Nothing more will happen. */
    record Ended() implements State {}
  }

  /** What happened. */
  public sealed interface Event {
    /** A line came, without its line feed. */
    record Line(String text, long now) implements Event {}

    /** A line came that is longer than allowed. */
    record LineTooLong() implements Event {}

    /** Time has passed. */
    record Tick(long now) implements Event {}

    /** The control connection ended. */
    record Closed(String why) implements Event {}
  }

  /** What to do about it. */
  public sealed interface Action {
    /** Keep data connections open to this port from now on. */
    record DialTo(int port) implements Action {}

    /** A data connection was taken. */
    record Take(Launch launch) implements Action {}

    /** The server said something odd: count it, warn, go on. */
    record Warn(String text) implements Action {}

    /** The session is over. */
    record End(String why) implements Action {}
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

  /** The state after the handshake. */
  public State start(long now) {
    return new State.AwaitingRemote(now);
  }

  /** The next step. */
  public Step on(State state, Event event) {
    if (state instanceof State.Ended) {
      return new Step(state, List.of());
    }
    return switch (event) {
      case Event.Line line -> line(state, line);
      case Event.LineTooLong tooLong ->
          end("the server sent a line of more than " + SignalCodec.LONGEST_LINE + " bytes");
      case Event.Tick tick -> tick(state, tick.now());
      case Event.Closed closed -> end(closed.why());
    };
  }

  private Step line(State state, Event.Line line) {
    return switch (SignalCodec.decode(line.text())) {
      case SignalCodec.Decoded.Ignored ignored -> new Step(state, List.of());
      case SignalCodec.Decoded.Malformed malformed ->
          new Step(state, List.of(new Action.Warn("the server sent " + malformed.what())));
      case SignalCodec.Decoded.Known(Remote remote) -> remote(state, remote, line.now());
      case SignalCodec.Decoded.Known(Launch launch) ->
          state instanceof State.Up
              ? new Step(state, List.of(new Action.Take(launch)))
              : new Step(
                  state,
                  List.of(
                      new Action.Warn("the server launched a connection before naming its port")));
    };
  }

  private static Step remote(State state, Remote remote, long now) {
    if (!(state instanceof State.Up up)) {
      return new Step(
          new State.Up(remote.port(), now, Duration.ZERO, 1),
          List.of(new Action.DialTo(remote.port())));
    }
    Duration gap = Duration.ofNanos(now - up.heard());
    Duration interval = gap.compareTo(up.interval()) > 0 ? gap : up.interval();
    State next = new State.Up(remote.port(), now, interval, up.beats() + 1);
    return remote.port() == up.port()
        ? new Step(next, List.of())
        : new Step(next, List.of(new Action.DialTo(remote.port())));
  }

  private Step tick(State state, long now) {
    return switch (state) {
      case State.AwaitingRemote waiting when now - waiting.since() > REMOTE_DEADLINE.toNanos() ->
          end(
              "the server named no data port within "
                  + REMOTE_DEADLINE.toSeconds()
                  + " s: is it NodePass 1.0.x?");
      case State.Up up when now - up.heard() > silence(up).toNanos() ->
          end("the server was silent for " + silence(up).toMillis() + " ms: taken for dead");
      default -> new Step(state, List.of());
    };
  }

  /** How long the server may be silent. */
  Duration silence(State.Up up) {
    if (up.beats() >= 2) {
      return up.interval().multipliedBy(MISSED_INTERVALS);
    }
    Duration guess = ownInterval.compareTo(UNKNOWN_INTERVAL) > 0 ? ownInterval : UNKNOWN_INTERVAL;
    return guess.multipliedBy(MISSED_INTERVALS);
  }

  private static Step end(String why) {
    return new Step(new State.Ended(), List.of(new Action.End(why)));
  }
}
