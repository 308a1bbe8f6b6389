package dev.nodepass.runtime.net;

import io.netty.channel.epoll.Epoll;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import org.junit.jupiter.api.Assumptions;

/** The ways to drive sockets; contract tests run once for each. */
public enum Transport {
  EPOLL,
  NIO;

  /** A Vert.x with that transport; skips the test where the machine has no such transport. */
  public Vertx start(int loops) {
    if (this == EPOLL) {
      Assumptions.assumeTrue(Epoll.isAvailable(), "this machine has no epoll");
    }
    return Vertx.vertx(
        new VertxOptions().setPreferNativeTransport(this == EPOLL).setEventLoopPoolSize(loops));
  }
}
