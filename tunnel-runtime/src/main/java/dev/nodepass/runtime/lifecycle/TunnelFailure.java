package dev.nodepass.runtime.lifecycle;

import java.time.Duration;

/** Why a tunnel did not come up, in words for a person. Carries no stack trace: it is no defect. */
public final class TunnelFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** Between two attempts where the other side has said no. */
  private static final Duration NOT_AT_ONCE = Duration.ofSeconds(1);

  private final boolean hopeless;
  private final Duration leastDelay;

  private TunnelFailure(String message, boolean hopeless, Duration leastDelay) {
    super(message, null, false, false);
    this.hopeless = hopeless;
    this.leastDelay = leastDelay;
  }

  /** Another attempt may go better. */
  public static TunnelFailure forNow(String message) {
    return new TunnelFailure(message, false, Duration.ZERO);
  }

  /** Another attempt may go better, but not this second: the other side has said no. */
  public static TunnelFailure notAtOnce(String message) {
    return new TunnelFailure(message, false, NOT_AT_ONCE);
  }

  /** No attempt will go better: something has to be changed. */
  public static TunnelFailure forGood(String message) {
    return new TunnelFailure(message, true, Duration.ZERO);
  }

  /** How long to wait after that failure, given what the back-off says. */
  public static Duration delay(Throwable failure, Duration backoff) {
    return failure instanceof TunnelFailure known && known.leastDelay.compareTo(backoff) > 0
        ? known.leastDelay
        : backoff;
  }

  /** True when it is no use to try again. */
  public boolean isHopeless() {
    return hopeless;
  }
}
