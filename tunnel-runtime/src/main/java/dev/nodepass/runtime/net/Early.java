package dev.nodepass.runtime.net;

import io.netty.buffer.ByteBuf;
import java.util.List;

/**
 * What was read from a connection before somebody wanted it.
 *
 * @param bytes in order; whoever gets this owns them
 * @param inputEnded true when the stream's end was read behind them
 */
public record Early(List<ByteBuf> bytes, boolean inputEnded) {
  /** Nothing. */
  public static final Early NOTHING = new Early(List.of(), false);

  public Early {
    bytes = List.copyOf(bytes);
  }

  /** Drops it. */
  public void release() {
    bytes.forEach(ByteBuf::release);
  }

  /**
   * The stage that has it. Asked on the connection's loop, in the moment in which it is replaced.
   */
  @FunctionalInterface
  public interface Source {
    /** Hands over what came; the stage keeps nothing. */
    Early take();
  }
}
