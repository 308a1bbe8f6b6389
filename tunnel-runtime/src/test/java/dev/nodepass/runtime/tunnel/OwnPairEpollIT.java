package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.net.Transport;

final class OwnPairEpollIT extends OwnPairContract {
  OwnPairEpollIT() {
    super(Transport.EPOLL);
  }
}
