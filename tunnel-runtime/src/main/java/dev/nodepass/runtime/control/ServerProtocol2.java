package dev.nodepass.runtime.control;

/**
 * The server's side of {@link Protocol2}.
 *
 * <pre>
 * Greeting --client://--> Judging --admitted--> Open --closed, silent, garbage--> Ended
 *     '-- deadline, garbage --'-- rejected: refused:// ------------------------------^
 * </pre>
 */
public final class ServerProtocol2 implements Protocol2 {
  private final Message.Server greeting;

  /**
   * @param greeting what it says first: its instance and a fresh nonce
   */
  public ServerProtocol2(Message.Server greeting) {
    this.greeting = greeting;
  }

  @Override
  public Step start(long now) {
    return Step.of(new State.Greeting(now), new Action.Send(greeting));
  }

  @Override
  public Step on(State state, Event event) {
    return switch (state) {
      case State.Ended ended -> Step.of(ended);
      case State.Open open -> Link.on(open, event);
      case State.Greeting greeted -> greeting(greeted, event);
      case State.Judging judging -> judging(judging, event);
      default -> throw new IllegalStateException("not a state of a server: " + state);
    };
  }

  private static Step greeting(State.Greeting state, Event event) {
    return switch (event) {
      case Event.Line(String text, long now) ->
          switch (MessageCodec.decode(text)) {
            case MessageCodec.Decoded.Known(Message.Client client)
                when client.version() == MessageCodec.VERSION ->
                Step.of(new State.Judging(state.since()), new Action.Judge(client));
            case MessageCodec.Decoded.Known(Message.Client client) -> otherVersion(client);
            case MessageCodec.Decoded.Known known ->
                Step.garbage("the client did not introduce itself");
            case MessageCodec.Decoded.Unknown unknown ->
                Step.garbage("the client did not introduce itself");
            case MessageCodec.Decoded.Malformed(String what) ->
                Step.garbage("the client sent " + what);
          };
      case Event.LineTooLong tooLong -> Step.garbage(Link.TOO_LONG);
      case Event.Tick(long now) when Link.isOver(state.since(), now) ->
          Step.garbage(Link.tooSlow("the client did not introduce itself"));
      case Event.Closed(String why) -> Step.end(why);
      default -> Step.of(state);
    };
  }

  private static Step judging(State.Judging state, Event event) {
    return switch (event) {
      case Event.Admitted(Message.Session session, long now) ->
          Step.of(Link.open(session.interval(), now), new Action.Send(session), new Action.Begin());
      case Event.Rejected(Message.Refused refused) -> refuse(refused);
      case Event.Line line -> Step.garbage("the client spoke before it was taken");
      case Event.LineTooLong tooLong -> Step.garbage(Link.TOO_LONG);
      case Event.Closed(String why) -> Step.end(why);
      default -> Step.of(state);
    };
  }

  private static Step otherVersion(Message.Client client) {
    Message.Refused refused =
        new Message.Refused(
            "version", "this server speaks version 2, the client speaks " + client.version());
    return Step.of(
        new State.Ended(),
        new Action.Send(refused),
        new Action.Refused(refused),
        new Action.End("refused (version): " + refused.text(), false));
  }

  private static Step refuse(Message.Refused refused) {
    return Step.of(
        new State.Ended(),
        new Action.Send(refused),
        new Action.End("refused (%s): %s".formatted(refused.reason(), refused.text()), false));
  }
}
