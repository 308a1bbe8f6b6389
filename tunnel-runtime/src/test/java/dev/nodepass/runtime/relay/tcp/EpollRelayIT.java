package dev.nodepass.runtime.relay.tcp;

import dev.nodepass.runtime.net.Transport;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;

class EpollRelayIT extends RelayContract {
  EpollRelayIT() {
    super(Transport.EPOLL);
  }

  /** Netty reads on at the end of the stream: all that the kernel may have taken in (tcp(7)). */
  @Override
  long readAheadAtTheEnd() throws Exception {
    // In one read: the kernel gives the rest of such a file to nobody who reads it in pieces.
    try (BufferedReader file = Files.newBufferedReader(Path.of("/proc/sys/net/ipv4/tcp_rmem"))) {
      String line = String.valueOf(file.readLine());
      return Long.parseLong(line.substring(line.lastIndexOf('\t') + 1).trim());
    }
  }
}
