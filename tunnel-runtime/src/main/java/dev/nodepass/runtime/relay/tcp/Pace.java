package dev.nodepass.runtime.relay.tcp;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** How fast bytes may pass. Thread-safe: all relays of a tunnel share one for each direction. */
@FunctionalInterface
public interface Pace {
  /** As fast as they come. */
  Pace UNLIMITED = bytes -> 0;

  /**
   * Bytes have passed.
   *
   * @return nanoseconds for which whoever passed them is to rest; 0 for none
   */
  long take(int bytes);

  /**
   * A steady rate, with bursts of up to a tenth of a second of it. The bytes are a queue that the
   * rate serves (RFC 2697's bucket turned round): who finds it longer than a burst rests until it
   * is not.
   *
   * @param megabits per second (10^6 bits); 0 for no limit
   * @param nanos a monotonic clock
   */
  static Pace of(int megabits, LongSupplier nanos) {
    if (megabits == 0) {
      return UNLIMITED;
    }
    double nanosPerByte = 8_000.0 / megabits;
    long burst = Duration.ofMillis(100).toNanos();
    AtomicLong served = new AtomicLong(nanos.getAsLong());
    return bytes -> {
      long now = nanos.getAsLong();
      long cost = (long) (bytes * nanosPerByte);
      long until = served.updateAndGet(at -> (at - now > 0 ? at : now) + cost);
      return Math.max(0, until - now - burst);
    };
  }
}
