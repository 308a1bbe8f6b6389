package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;

final class ReverseReuseIT extends Protocol2Contract {
  ReverseReuseIT() {
    super(Transport.NIO, "?mode=reverse&reuse=1000", false);
  }
}
