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

  /** No interval is taken to be shorter, unless the own one is: heartbeats can come in a bunch. */
  static final Duration LEAST_INTERVAL = Duration.ofSeconds(1);

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
     * @param gap the time between the last two heartbeats; zero until there were two
     * @param gapBefore the gap before that one
     * @param beats how many heartbeats came
     */
    record Up(int port, long heard, Duration gap, Duration gapBefore, long beats)
        implements State {}

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
          new State.Up(remote.port(), now, Duration.ZERO, Duration.ZERO, 1),
          List.of(new Action.DialTo(remote.port())));
    }
    Duration gap = Duration.ofNanos(now - up.heard());
    State next = new State.Up(remote.port(), now, gap, up.gap(), up.beats() + 1);
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

  /**
   * How long the server may be silent. Its interval is taken to be the longer of the last two gaps:
   * a late heartbeat makes the next gap short, and counts for no longer than that.
   */
  Duration silence(State.Up up) {
    Duration interval =
        up.beats() < 2
            ? longer(ownInterval, UNKNOWN_INTERVAL)
            : longer(longer(up.gap(), up.gapBefore()), shorter(ownInterval, LEAST_INTERVAL));
    return interval.multipliedBy(MISSED_INTERVALS);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private static Step end(String why) {
    return new Step(new State.Ended(), List.of(new Action.End(why)));
  }
}
