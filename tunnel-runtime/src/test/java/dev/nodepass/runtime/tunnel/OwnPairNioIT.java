package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;

final class OwnPairNioIT extends OwnPairContract {
  OwnPairNioIT() {
    super(Transport.NIO);
  }
}
