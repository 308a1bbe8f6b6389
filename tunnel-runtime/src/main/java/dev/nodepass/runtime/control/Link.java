package dev.nodepass.runtime.control;

import dev.nodepass.runtime.control.Protocol2.Action;
import dev.nodepass.runtime.control.Protocol2.Event;
import dev.nodepass.runtime.control.Protocol2.State;
import dev.nodepass.runtime.control.Protocol2.Step;
import java.time.Duration;

/**
 * A session that stands, the same on both sides: heartbeats, drain, and what the shells tell each
 * other. Pure functions.
 */
final class Link {
  static final String TOO_LONG =
      "the peer sent a line of more than " + SignalCodec.LONGEST_LINE + " bytes";

  private Link() {}

  static State.Open open(Duration interval, long now) {
    return new State.Open(interval, now, now, 0, Duration.ZERO, false, false);
  }

  static boolean isOver(long since, long now) {
    return now - since > Protocol2.OPENING_DEADLINE.toNanos();
  }

  static String tooSlow(String what) {
    return what + " within " + Protocol2.OPENING_DEADLINE.toSeconds() + " s";
  }

  static Step on(State.Open open, Event event) {
    return switch (event) {
      case Event.Line(String text, long now) -> line(heard(open, now), text, now);
      case Event.LineTooLong tooLong -> Step.garbage(TOO_LONG);
      case Event.Tick(long now) -> tick(open, now);
      case Event.Closed(String why) -> Step.end(why);
      case Event.DrainWanted(Duration grace) when !open.drains() ->
          Step.of(draining(open), new Action.Send(new Message.Drain(grace)));
      case Event.LaunchesOver over when open.peerDrains() ->
          Step.of(answered(open), new Action.Send(new Message.Drained()));
      case Event.Say(Message message) -> Step.of(open, new Action.Send(message));
      default -> Step.of(open);
    };
  }

  private static Step line(State.Open open, String text, long now) {
    return switch (MessageCodec.decode(text)) {
      case MessageCodec.Decoded.Known(Message.Ping ping) ->
          Step.of(open, new Action.Send(new Message.Pong(ping.number())));
      case MessageCodec.Decoded.Known(Message.Pong pong) ->
          Step.of(open.pings() > 0 && pong.number() == open.pings() ? measured(open, now) : open);
      case MessageCodec.Decoded.Known(Message.Drain drain) ->
          Step.of(peerDraining(open), new Action.Heard(drain));
      case MessageCodec.Decoded.Known(Message.Drained drained) ->
          Step.of(open, new Action.Heard(drained));
      case MessageCodec.Decoded.Known(Message.Pool pool) -> Step.of(open, new Action.Heard(pool));
      case MessageCodec.Decoded.Known(Message.Certificate next) ->
          Step.of(open, new Action.Heard(next));
      case MessageCodec.Decoded.Known(Message.Peers peers) ->
          Step.of(open, new Action.Heard(peers));
      case MessageCodec.Decoded.Known known ->
          Step.garbage("the peer said something that has no place in a session");
      case MessageCodec.Decoded.Unknown unknown -> Step.of(open);
      case MessageCodec.Decoded.Malformed(String what) -> Step.garbage("the peer sent " + what);
    };
  }

  private static Step tick(State.Open open, long now) {
    Duration silence = open.interval().multipliedBy(Protocol2.MISSED_INTERVALS);
    if (now - open.heard() > silence.toNanos()) {
      return Step.end(
          "the peer was silent for %d ms: taken for dead".formatted(silence.toMillis()));
    }
    if (now - open.pinged() < open.interval().toNanos()) {
      return Step.of(open);
    }
    long number = open.pings() + 1;
    return Step.of(
        new State.Open(
            open.interval(),
            open.heard(),
            now,
            number,
            open.roundTrip(),
            open.drains(),
            open.peerDrains()),
        new Action.Send(new Message.Ping(number)),
        new Action.Beat());
  }

  private static State.Open heard(State.Open open, long now) {
    return new State.Open(
        open.interval(),
        now,
        open.pinged(),
        open.pings(),
        open.roundTrip(),
        open.drains(),
        open.peerDrains());
  }

  private static State.Open measured(State.Open open, long now) {
    return new State.Open(
        open.interval(),
        open.heard(),
        open.pinged(),
        open.pings(),
        Duration.ofNanos(Math.max(1, now - open.pinged())),
        open.drains(),
        open.peerDrains());
  }

  private static State.Open draining(State.Open open) {
    return new State.Open(
        open.interval(),
        open.heard(),
        open.pinged(),
        open.pings(),
        open.roundTrip(),
        true,
        open.peerDrains());
  }

  private static State.Open peerDraining(State.Open open) {
    return new State.Open(
        open.interval(),
        open.heard(),
        open.pinged(),
        open.pings(),
        open.roundTrip(),
        open.drains(),
        true);
  }

  private static State.Open answered(State.Open open) {
    return new State.Open(
        open.interval(),
        open.heard(),
        open.pinged(),
        open.pings(),
        open.roundTrip(),
        open.drains(),
        false);
  }
}
