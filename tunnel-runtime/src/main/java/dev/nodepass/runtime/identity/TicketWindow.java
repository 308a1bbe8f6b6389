package dev.nodepass.runtime.identity;

import java.util.Arrays;

/**
 * Takes each number once. It remembers the last {@link #SIZE} below the highest; what is older is
 * taken for used (as RFC 6479 does for IPsec). Not thread-safe.
 */
public final class TicketWindow {
  /** How many numbers are remembered. */
  static final int SIZE = 65_536;

  private final long[] used = new long[SIZE / Long.SIZE];
  private long highest;

  /** True when the number is taken now; false when it was before, or is too old, or below 1. */
  public boolean take(long number) {
    if (number < 1 || number <= highest - SIZE) {
      return false;
    }
    if (number > highest) {
      forget(number);
      highest = number;
    } else if ((used[word(number)] & bit(number)) != 0) {
      return false;
    }
    used[word(number)] |= bit(number);
    return true;
  }

  /** The places of the numbers between the highest and this one are free again. */
  private void forget(long number) {
    if (number - highest >= SIZE) {
      Arrays.fill(used, 0);
      return;
    }
    // Downwards: upwards, a count up to the highest number of all would not end.
    for (long n = number; n > highest; n--) {
      used[word(n)] &= ~bit(n);
    }
  }

  private static int word(long number) {
    return (int) (number % SIZE) / Long.SIZE;
  }

  private static long bit(long number) {
    return 1L << (number % Long.SIZE);
  }
}
