package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** How long things may take. */
@ValidationRule(
    value = "duration(self.drain) >= duration('0s') && duration(self.drain) <= duration('24h')",
    message = "timeouts.drain must be from 0s to 24h")
@ValidationRule(
    value = "duration(self.preStop) >= duration('0s') && duration(self.preStop) <= duration('5m')",
    message = "timeouts.preStop must be from 0s to 5m")
@ValidationRule(
    value =
        "duration(self.heartbeat) >= duration('100ms') && duration(self.heartbeat) <="
            + " duration('1h')",
    message = "timeouts.heartbeat must be from 100ms to 1h")
@ValidationRule(
    value = "duration(self.retry) >= duration('100ms') && duration(self.retry) <= duration('1h')",
    message = "timeouts.retry must be from 100ms to 1h")
@ValidationRule(
    value =
        "duration(self.udpAnswer) >= duration('1ms') && duration(self.udpAnswer) <= duration('1h')",
    message = "timeouts.udpAnswer must be from 1ms to 1h")
@ValidationRule(
    value =
        "duration(self.udpSession) >= duration('100ms') && duration(self.udpSession) <="
            + " duration('24h')",
    message = "timeouts.udpSession must be from 100ms to 24h")
public record Timeouts(
    @Default(Timeouts.DRAIN)
        @Size(max = 32)
        @Pattern(Timeouts.DURATION)
        @JsonPropertyDescription(
            "How long running connections may go on when a pod is to stop. Connections that end"
                + " within this time are not lost in a rollout.")
        String drain,
    @Default(Timeouts.PRE_STOP)
        @Size(max = 32)
        @Pattern(Timeouts.DURATION)
        @JsonPropertyDescription(
            "How long a pod that is to stop still takes new users, until the cluster sends it none"
                + " any more. Whole seconds; 0s for not at all.")
        String preStop,
    @Default(Timeouts.HEARTBEAT)
        @Size(max = 32)
        @Pattern(Timeouts.DURATION)
        @JsonPropertyDescription(
            "Time between heartbeats; a side that misses three is taken for gone.")
        String heartbeat,
    @Default(Timeouts.RETRY)
        @Size(max = 32)
        @Pattern(Timeouts.DURATION)
        @JsonPropertyDescription("Longest wait before the next attempt to start or to dial.")
        String retry,
    @Default(Timeouts.UDP_ANSWER)
        @Size(max = 32)
        @Pattern(Timeouts.DURATION)
        @JsonPropertyDescription(
            "Protocol 1 (NodePass 1.0.x) only: how long the answer to a datagram is awaited.")
        String udpAnswer,
    @Default(Timeouts.UDP_SESSION)
        @Size(max = 32)
        @Pattern(Timeouts.DURATION)
        @JsonPropertyDescription("How long a UDP flow may be silent before it ends.")
        String udpSession) {

  /** A number with a unit, once or several times. */
  static final String DURATION = "^([0-9]{1,8}(ms|s|m|h)){1,4}$";

  static final String DRAIN = "60s";
  static final String PRE_STOP = "5s";
  static final String HEARTBEAT = "5s";
  static final String RETRY = "5s";
  static final String UDP_ANSWER = "5s";
  static final String UDP_SESSION = "60s";
  static final Timeouts DEFAULT =
      new Timeouts(DRAIN, PRE_STOP, HEARTBEAT, RETRY, UDP_ANSWER, UDP_SESSION);

  public Timeouts {
    drain = drain == null ? DRAIN : drain;
    preStop = preStop == null ? PRE_STOP : preStop;
    heartbeat = heartbeat == null ? HEARTBEAT : heartbeat;
    retry = retry == null ? RETRY : retry;
    udpAnswer = udpAnswer == null ? UDP_ANSWER : udpAnswer;
    udpSession = udpSession == null ? UDP_SESSION : udpSession;
  }
}
