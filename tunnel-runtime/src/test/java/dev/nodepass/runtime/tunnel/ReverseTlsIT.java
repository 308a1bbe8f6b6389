package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;

final class ReverseTlsIT extends Protocol2Contract {
  ReverseTlsIT() {
    super(Transport.usual(), "?mode=reverse", false);
  }
}
