package dev.nodepass.runtime.control;

import java.util.ArrayList;
import java.util.List;

/**
 * The client's side of {@link Protocol2}.
 *
 * <pre>
 * AwaitingServer --server://--> Introducing --introduced: client://--> AwaitingSession
 * AwaitingSession --session://--> Checking --trusted--> Open --closed, silent, garbage--> Ended
 *      '--refused://, deadline, garbage--'--not trusted-------------------------------------^
 * </pre>
 */
public final class ClientProtocol2 implements Protocol2 {
  /** Heartbeats and news of a few seconds. */
  static final int MOST_EARLY = 64;

  @Override
  public Step start(long now) {
    return Step.of(new State.AwaitingServer(now));
  }

  @Override
  public Step on(State state, Event event) {
    return switch (state) {
      case State.Ended ended -> Step.of(ended);
      case State.Open open -> Link.on(open, event);
      case State.AwaitingServer waiting -> opening(waiting, waiting.since(), event);
      case State.Introducing introducing -> opening(introducing, introducing.since(), event);
      case State.AwaitingSession waiting -> opening(waiting, waiting.since(), event);
      case State.Checking checking -> opening(checking, checking.since(), event);
      default -> throw new IllegalStateException("not a state of a client: " + state);
    };
  }

  private static Step opening(State state, long since, Event event) {
    return switch (event) {
      case Event.Line(String text, long now) when state instanceof State.Checking checking ->
          early(checking, text);
      case Event.Line(String text, long now) -> line(state, since, text);
      case Event.LineTooLong tooLong -> Step.garbage(Link.TOO_LONG);
      case Event.Tick(long now) when Link.isOver(since, now) ->
          Step.end(Link.tooSlow("the server did not open a session"));
      case Event.Closed(String why) -> Step.end(why);
      case Event.Introduced(Message.Client client) when state instanceof State.Introducing ->
          Step.of(new State.AwaitingSession(since), new Action.Send(client));
      case Event.Trusted(var interval, long now) when state instanceof State.Checking checking ->
          begin(checking, Link.open(interval, now), now);
      default -> Step.of(state);
    };
  }

  /** The check takes its time where listeners have to be opened for it. */
  private static Step early(State.Checking checking, String text) {
    if (checking.early().size() == MOST_EARLY) {
      return Step.garbage("the server said too much before its session stood");
    }
    List<String> early = new ArrayList<>(checking.early());
    early.add(text);
    return Step.of(new State.Checking(checking.since(), early));
  }

  private static Step begin(State.Checking checking, State.Open open, long now) {
    State state = open;
    List<Action> actions = new ArrayList<>();
    actions.add(new Action.Begin());
    for (String text : checking.early()) {
      if (state instanceof State.Open still) {
        Step step = Link.on(still, new Event.Line(text, now));
        state = step.next();
        actions.addAll(step.actions());
      }
    }
    return new Step(state, actions);
  }

  private static Step line(State state, long since, String text) {
    return switch (MessageCodec.decode(text)) {
      case MessageCodec.Decoded.Known(Message.Server server)
          when state instanceof State.AwaitingServer ->
          server.version() != MessageCodec.VERSION || server.nonce().isEmpty()
              ? Step.garbage("the server speaks version " + server.version() + " of the protocol")
              : Step.of(new State.Introducing(since), new Action.Introduce(server));
      case MessageCodec.Decoded.Known(Message.Session session)
          when state instanceof State.AwaitingSession ->
          Step.of(new State.Checking(since, List.of()), new Action.Check(session));
      case MessageCodec.Decoded.Known(Message.Refused refused) ->
          Step.of(
              new State.Ended(),
              new Action.Refused(refused),
              new Action.End(
                  "refused (%s): %s".formatted(refused.reason(), refused.text()), false));
      case MessageCodec.Decoded.Known known ->
          Step.garbage("the server said something before its time");
      case MessageCodec.Decoded.Unknown unknown ->
          Step.garbage("the server said something that opens no session");
      case MessageCodec.Decoded.Malformed(String what) -> Step.garbage("the server sent " + what);
    };
  }
}
