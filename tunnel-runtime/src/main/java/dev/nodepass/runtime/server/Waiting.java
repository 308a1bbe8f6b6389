package dev.nodepass.runtime.server;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.EarlyBytes;
import io.netty.channel.socket.DuplexChannel;

/** A data connection whose ticket is being looked at. On its loop. */
final class Waiting {
  private final EarlyBytes early;

  Waiting(DuplexChannel channel, Early rest) {
    this.early = new EarlyBytes(rest, () -> {});
    Channels.stage(channel, early);
  }

  /** What came meanwhile. */
  Early take() {
    return early.take();
  }
}
