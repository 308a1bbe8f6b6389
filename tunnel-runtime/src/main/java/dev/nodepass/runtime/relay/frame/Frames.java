package dev.nodepass.runtime.relay.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/** Writes frames. Stateless. */
public final class Frames {
  static final int DATA = 1;
  static final int FIN = 2;
  static final int RESET = 3;
  static final int FLOW = 4;
  static final int DATAGRAM = 5;
  static final int FLOW_END = 6;

  /** Type and length. */
  static final int HEADER = 4;

  /** The largest payload that a length can say. */
  static final int LARGEST = (1 << 24) - 1;

  /** The largest frame of UDP: a flow's id and the largest datagram. */
  static final int LARGEST_DATAGRAM = 4 + 65_507;

  private static final ByteBuf FIN_FRAME =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(HEADER).writeInt(FIN << 24).asReadOnly());
  private static final ByteBuf RESET_FRAME =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(HEADER).writeInt(RESET << 24).asReadOnly());

  private Frames() {}

  /** What goes before a piece of a stream, of up to 2^24 - 1 bytes. */
  public static ByteBuf dataHeader(ByteBufAllocator alloc, int length) {
    if (length > LARGEST) {
      throw new IllegalArgumentException("a frame of " + length + " bytes");
    }
    return alloc.ioBuffer(HEADER).writeInt(DATA << 24 | length);
  }

  /** This direction has ended. */
  public static ByteBuf fin() {
    return FIN_FRAME.duplicate();
  }

  /** The connection broke. */
  public static ByteBuf reset() {
    return RESET_FRAME.duplicate();
  }

  /** Opens a flow for a user, given as text. */
  public static ByteBuf flow(ByteBufAllocator alloc, int id, String user) {
    byte[] text = user.getBytes(StandardCharsets.US_ASCII);
    return alloc
        .ioBuffer(HEADER + 4 + text.length)
        .writeInt(FLOW << 24 | (4 + text.length))
        .writeInt(id)
        .writeBytes(text);
  }

  /** A datagram of a flow. */
  public static ByteBuf datagram(ByteBufAllocator alloc, int id, byte[] payload) {
    return alloc
        .ioBuffer(HEADER + 4 + payload.length)
        .writeInt(DATAGRAM << 24 | (4 + payload.length))
        .writeInt(id)
        .writeBytes(payload);
  }

  /** The flow is over. */
  public static ByteBuf flowEnd(ByteBufAllocator alloc, int id) {
    return alloc.ioBuffer(HEADER + 4).writeInt(FLOW_END << 24 | 4).writeInt(id);
  }
}
