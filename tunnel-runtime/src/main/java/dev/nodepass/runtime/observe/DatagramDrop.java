package dev.nodepass.runtime.observe;

import java.util.Locale;

/** Why a datagram was not carried. Each reason is a value of the metric's label {@code reason}. */
public enum DatagramDrop {
  /** Larger than UDP_DATA_BUF_SIZE. */
  TOO_LARGE,
  /** Without payload, which protocol 1 cannot carry. */
  EMPTY,
  /** No data connection, no place or no room to wait. */
  NO_CONNECTION,
  /** The data connection broke. */
  CONNECTION_BROKEN,
  /** No answer came within UDP_READ_TIMEOUT. */
  NO_ANSWER,
  /** The service's name did not resolve, or the datagram could not be sent. */
  UNREACHABLE,
  /** The lane takes no more at this moment. */
  LANE_FULL,
  /** Its user may not come in: see nodepass_refused_total. */
  REFUSED,
  /** The flow is not known, or there are too many. */
  NO_FLOW,
  /** The tunnel stops. */
  DRAINING;

  /** The value of the label. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
