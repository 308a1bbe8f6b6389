package dev.nodepass.runtime.net;

import io.netty.channel.epoll.Epoll;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The ways to drive sockets; contract tests run once for each. */
public enum Transport {
  EPOLL,
  NIO;

  /**
   * True in the second run of the tests with sockets, which has what a native executable has: NIO,
   * and the JDK's TLS.
   */
  private static final boolean AS_NATIVE = Boolean.getBoolean("nodepass.test.as-native");

  /** What is used where it is not the question: what this run is about. */
  public static Transport usual() {
    return AS_NATIVE ? NIO : EPOLL;
  }

  /** What a program is started with, so that it has what this run is about. */
  public static List<String> javaOptions() {
    return AS_NATIVE
        ? List.of(
            "-Dquarkus.vertx.prefer-native-transport=false",
            "-Dio.netty.handler.ssl.noOpenSsl=true")
        : List.of();
  }

  /** A Vert.x with that transport; skips the test where the machine has no such transport. */
  public Vertx start(int loops) {
    if (this == EPOLL) {
      Assumptions.assumeTrue(Epoll.isAvailable(), "this machine has no epoll");
    }
    return Vertx.vertx(
        new VertxOptions().setPreferNativeTransport(this == EPOLL).setEventLoopPoolSize(loops));
  }
}
