package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;

final class ForwardTlsIT extends Protocol2Contract {
  ForwardTlsIT() {
    super(Transport.usual(), "?mode=forward", true);
  }
}
