package dev.nodepass.runtime.session;

import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import io.netty.channel.socket.DuplexChannel;

/** The data connections of a session, of the one side or the other. Thread-safe. */
public sealed interface DataSide permits ListeningSide, ServingSide {
  /**
   * Takes a data connection in: it is idle from now on. On the connection's loop.
   *
   * @param framed TLS, where streams travel in frames
   * @param number the connection's, in this session
   * @param before what was read already, taken over
   */
  void adopt(Loop on, DuplexChannel channel, boolean framed, long number, Early before);

  /** Idle data connections. */
  int idle();

  /** Users now. */
  int running();

  /** Users so far. */
  long total();

  /** Nothing new is to be started; what runs goes on. */
  void drain(Runnable launchesOver);

  /** The session is over: what is idle is closed, what runs goes on. */
  void close();
}
