package dev.nodepass.operator.plan;

/**
 * The ports on which every pod listens. They are fixed and above 1023, so that no pod needs a
 * capability for them; Services map the ports that people choose.
 */
public final class Ports {
  /** Clients come here. */
  public static final int TUNNEL = 10101;

  /** Users come here, by TCP and UDP. */
  public static final int TARGET = 10102;

  /** Health, metrics and status, on all addresses. */
  public static final int MANAGEMENT = 9000;

  private Ports() {}
}
