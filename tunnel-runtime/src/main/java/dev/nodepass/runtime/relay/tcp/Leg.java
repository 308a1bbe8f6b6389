package dev.nodepass.runtime.relay.tcp;

import io.netty.buffer.ByteBuf;

/**
 * One end of a relay: a connection that can be written, half-closed and reset. What it reads it
 * gives to its {@link Inbound}. Methods may be called from every thread and take effect on the
 * leg's own loop, in order.
 */
interface Leg {
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

  /** Closes after what was written. */
  void close();

  /** False when enough waits to be sent: then the source is to stop. */
  boolean isWritable();

  /** Lets the leg read, or not. Only on its own loop. */
  void setReading(boolean on);

  /** Runs the task on the leg's loop, after what it does now. */
  void later(Runnable task);

  /** What a leg reads and hears. Called on its own loop. */
  interface Inbound {
    /** Bytes came; the buffer is the receiver's. */
    void data(ByteBuf bytes);

    /** All that was there has been read. */
    void batchEnd();

    /** The incoming stream ended in order. */
    void ended();

    /** The connection broke. */
    void broken(Throwable cause);

    /** {@link #isWritable()} may have changed. */
    void writabilityChanged();

    /** The connection is closed, in whichever way. */
    void closed();
  }
}
