package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;

final class ReversePlainIT extends Protocol2Contract {
  ReversePlainIT() {
    super(Transport.usual(), "?mode=reverse&data=plain", false);
  }
}
