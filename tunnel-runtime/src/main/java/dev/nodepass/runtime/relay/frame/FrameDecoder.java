package dev.nodepass.runtime.relay.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Reads frames from a byte stream that comes in pieces of any size. Pieces of a data frame are
 * passed on as they come; only the small frames of UDP are collected. Not thread-safe.
 */
public final class FrameDecoder {
  private final Sink sink;
  private final ByteBuf header = Unpooled.buffer(Frames.HEADER, Frames.HEADER);

  /** What of the frame is collected; empty while its pieces are passed on. */
  private ByteBuf collected = Unpooled.EMPTY_BUFFER;

  private int type;
  private int missing;
  private boolean inFrame;
  private boolean stopped;

  public FrameDecoder(Sink sink) {
    this.sink = sink;
  }

  /** Takes the frames, in order. A method may call {@link FrameDecoder#stop()}. */
  public interface Sink {
    /** A piece of the stream; the receiver's to release. */
    void data(ByteBuf piece);

    /** The peer's direction has ended. */
    void fin();

    /** The peer's end broke. */
    void reset();

    /** A flow was opened. */
    void flow(int id, String user);

    /** A datagram of a flow. */
    void datagram(int id, byte[] payload);

    /** A flow is over. */
    void flowEnd(int id);

    /** What came is not a frame; nothing more will be read. */
    void malformed(String what);
  }

  /**
   * Reads on.
   *
   * @param bytes taken over only as far as they are read: after {@link #stop()} the rest is left.
   *     The caller keeps the reference
   */
  public void read(ByteBuf bytes) {
    while (!stopped && (bytes.isReadable() || (inFrame && missing == 0))) {
      if (!inFrame) {
        readHeader(bytes);
      } else {
        readPayload(bytes);
      }
    }
  }

  /** Reads no further. */
  public void stop() {
    stopped = true;
    collected.release();
    collected = Unpooled.EMPTY_BUFFER;
  }

  private void readHeader(ByteBuf bytes) {
    bytes.readBytes(header, Math.min(header.writableBytes(), bytes.readableBytes()));
    if (header.isWritable()) {
      return;
    }
    int word = header.readInt();
    header.clear();
    type = word >>> 24;
    missing = word & Frames.LARGEST;
    inFrame = true;
    if (isCollected(type)) {
      if (missing > Frames.LARGEST_DATAGRAM || missing < 4) {
        malformed("a frame of type %d with %d bytes".formatted(type, missing));
      } else {
        collected = Unpooled.buffer(missing);
      }
    } else if ((type == Frames.FIN || type == Frames.RESET) && missing != 0) {
      malformed("a frame of type %d with %d bytes".formatted(type, missing));
    }
  }

  private static boolean isCollected(int type) {
    return type >= Frames.FLOW && type <= Frames.FLOW_END;
  }

  private void malformed(String what) {
    stop();
    sink.malformed(what);
  }

  private void readPayload(ByteBuf bytes) {
    int length = Math.min(missing, bytes.readableBytes());
    missing -= length;
    inFrame = missing > 0;
    if (type == Frames.DATA) {
      if (length > 0) {
        sink.data(bytes.readRetainedSlice(length));
      }
    } else if (isCollected(type)) {
      collected.writeBytes(bytes, length);
      if (!inFrame) {
        whole(collected);
      }
    } else {
      bytes.skipBytes(length);
      if (!inFrame && type == Frames.FIN) {
        sink.fin();
      } else if (!inFrame && type == Frames.RESET) {
        sink.reset();
      }
    }
  }

  private void whole(ByteBuf frame) {
    collected = Unpooled.EMPTY_BUFFER;
    int id = frame.readInt();
    switch (type) {
      case Frames.FLOW -> sink.flow(id, printable(frame.toString(StandardCharsets.US_ASCII)));
      case Frames.DATAGRAM -> sink.datagram(id, ByteBufUtil.getBytes(frame));
      default -> sink.flowEnd(id);
    }
    frame.release();
  }

  private static String printable(String user) {
    String cut = user.length() > 64 ? user.substring(0, 64) : user;
    return cut.replaceAll("[^\\x21-\\x7e]", "?");
  }
}
