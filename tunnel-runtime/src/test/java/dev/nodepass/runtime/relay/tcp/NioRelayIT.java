package dev.nodepass.runtime.relay.tcp;

import dev.nodepass.runtime.net.Transport;

class NioRelayIT extends RelayContract {
  NioRelayIT() {
    super(Transport.NIO);
  }

  @Override
  long readAheadAtTheEnd() {
    return 512 * 1024L;
  }
}
