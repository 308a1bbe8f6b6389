package dev.nodepass.runtime.lifecycle;

/** Why a tunnel did not come up, in words for a person. Carries no stack trace: it is no defect. */
public final class TunnelFailure extends Exception {
  private static final long serialVersionUID = 1L;
  private final boolean hopeless;

  private TunnelFailure(String message, boolean hopeless) {
    super(message, null, false, false);
    this.hopeless = hopeless;
  }

  /** Another attempt may go better. */
  public static TunnelFailure forNow(String message) {
    return new TunnelFailure(message, false);
  }

  /** No attempt will go better: something has to be changed. */
  public static TunnelFailure forGood(String message) {
    return new TunnelFailure(message, true);
  }

  /** True when it is no use to try again. */
  public boolean isHopeless() {
    return hopeless;
  }
}
