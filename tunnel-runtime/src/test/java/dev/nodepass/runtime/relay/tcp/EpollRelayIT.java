package dev.nodepass.runtime.relay.tcp;

import dev.nodepass.runtime.net.Transport;
import java.nio.file.Files;
import java.nio.file.Path;

class EpollRelayIT extends RelayContract {
  EpollRelayIT() {
    super(Transport.EPOLL);
  }

  /** Netty reads on at the end of the stream: all that the kernel may have taken in (tcp(7)). */
  @Override
  long readAheadAtTheEnd() throws Exception {
    String[] sizes =
        Files.readString(Path.of("/proc/sys/net/ipv4/tcp_rmem")).trim().split("\\s+", 3);
    return Long.parseLong(sizes[2]);
  }
}
