package dev.nodepass.runtime.config;

/**
 * Ports from which the server takes one for each protocol 1 client.
 *
 * @param first the lowest; 0 when the system draws them
 * @param last the highest, inclusive
 */
public record PortRange(int first, int last) {
  /** The system draws a free port. */
  public static final PortRange DRAWN = new PortRange(0, 0);

  /** True when the system draws the ports. */
  public boolean isDrawn() {
    return first == 0;
  }

  /** How many ports there are; unbounded when drawn. */
  public int size() {
    return isDrawn() ? Integer.MAX_VALUE : last - first + 1;
  }

  @Override
  public String toString() {
    return isDrawn() ? "drawn" : first == last ? "" + first : first + "-" + last;
  }
}
