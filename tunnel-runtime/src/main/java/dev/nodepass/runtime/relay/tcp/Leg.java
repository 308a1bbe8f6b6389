package dev.nodepass.runtime.relay.tcp;

import dev.nodepass.runtime.net.Early;
import io.netty.buffer.ByteBuf;

/**
 * One end of a relay: a connection that can be written, half-closed and reset. What it reads it
 * gives to its {@link Inbound}. Methods may be called from every thread and take effect on the
 * leg's own loop, in order.
 */
public interface Leg {
  /** Makes the leg for a relay. */
  @FunctionalInterface
  interface Factory {
    /**
     * @param inbound hears what the leg reads
     */
    Leg create(Inbound inbound);
  }

  /**
   * Puts the leg into its channel as the stage from now on, with what the stage before has read,
   * and gives that to the inbound. It does not read before {@link #setReading}. On the leg's loop,
   * which the caller need not be on.
   */
  void enter(Early.Source before, Runnable entered);

  /** Writes, taking the buffer over; the bytes leave at the next flush. */
  void write(ByteBuf bytes);

  /** Sends what was written. */
  void flush();

  /**
   * Ends the outgoing stream after what was written; the incoming one goes on.
   *
   * @param done runs on the leg's loop when the end has been sent or cannot be any more
   */
  void endOutput(Runnable done);

  /** Closes both directions at once so that the other end sees a reset. */
  void reset();

  /** Closes after what was written; the leg may keep a connection that can serve again. */
  void close();

  /** False when enough waits to be sent: then the source is to stop. */
  boolean isWritable();

  /** Lets the leg read, or not. Only on its own loop. */
  void setReading(boolean on);

  /** Runs the task on the leg's loop, after what it does now. */
  void later(Runnable task);

  /** The same after that many nanoseconds. */
  void later(long nanos, Runnable task);

  /** What a leg reads and hears. Called on its own loop. */
  interface Inbound {
    /** Bytes came; the buffer is the receiver's. */
    void data(ByteBuf bytes);

    /** All that was there has been read. */
    void batchEnd();

    /** The incoming stream ended in order. */
    void ended();

    /** The connection broke. */
    void broken();

    /** {@link #isWritable()} may have changed. */
    void writabilityChanged();
  }
}
