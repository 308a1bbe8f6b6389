package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;

final class ForwardPlainIT extends Protocol2Contract {
  ForwardPlainIT() {
    super(Transport.NIO, "?mode=forward&data=plain", true);
  }
}
