package dev.nodepass.runtime.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;

/** What a stage hands to the one behind it, written down. */
final class NextStage {
  private NextStage() {}

  /** Begins the stage, as a reader has to, and takes what there was. */
  static String begin(Channel channel, Early early) {
    Channels.stage(channel, new EarlyBytes(Early.NOTHING, () -> {}));
    StringBuilder text = new StringBuilder();
    for (ByteBuf piece : early.bytes()) {
      text.append(piece.toString(StandardCharsets.ISO_8859_1));
      if (piece.refCnt() != 1) {
        throw new AssertionError("a piece has " + piece.refCnt() + " references");
      }
      piece.release();
    }
    return text + (early.inputEnded() ? "<end>" : "");
  }

  /** What came since. */
  static String later(Channel channel) {
    EarlyBytes stage = channel.pipeline().get(EarlyBytes.class);
    return begin(channel, stage.take());
  }
}
