package dev.nodepass.runtime.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ImmediateExecutor;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * A data connection is opened for each user: its handshake must not cost a signature each time. By
 * BoringSSL; the JDK's engine resumes by itself and counts nothing.
 */
final class ResumptionTest {
  private final SslContext server =
      TlsContexts.protocol2Server(
          ServerCertificate.inMemory(InstantSource.system(), new SecureRandom()),
          null,
          new SecureRandom());
  private final SslContext client = TlsContexts.client(Alpn.DATA, new AnyServer(), null);

  @Test
  void allButTheFirstHandshakeAreResumed() throws Exception {
    Assumptions.assumeTrue(TlsContexts.engine().equals("boringssl"), "left out: no BoringSSL here");
    for (int i = 0; i < 10; i++) {
      connect("192.0.2.1");
    }
    assertEquals(9, resumed());
  }

  @Test
  void withAnotherServerNoneIs() throws Exception {
    Assumptions.assumeTrue(TlsContexts.engine().equals("boringssl"), "left out: no BoringSSL here");
    connect("192.0.2.1");
    connect("192.0.2.2");
    assertEquals(0, resumed());
  }

  private long resumed() {
    return ((OpenSslSessionContext) server.sessionContext()).stats().ticketKeyResume();
  }

  /** A handshake, and a word of the server, behind which its tickets come. */
  private void connect(String host) throws Exception {
    EmbeddedChannel listener = new EmbeddedChannel();
    EmbeddedChannel dialler = new EmbeddedChannel();
    SslHandler serving = server.newHandler(listener.alloc(), ImmediateExecutor.INSTANCE);
    SslHandler calling =
        TlsContexts.clientHandler(
            client, dialler.alloc(), host, 10101, null, ImmediateExecutor.INSTANCE);
    listener.pipeline().addFirst(serving);
    dialler.pipeline().addFirst(calling);
    pass(dialler, listener);
    serving.handshakeFuture().sync();
    calling.handshakeFuture().sync();
    listener.writeOutbound(Unpooled.wrappedBuffer(new byte[] {1}));
    pass(dialler, listener);
    listener.finishAndReleaseAll();
    dialler.finishAndReleaseAll();
  }

  private static void pass(EmbeddedChannel one, EmbeddedChannel other) {
    boolean moved = true;
    while (moved) {
      moved = move(one, other) || move(other, one);
    }
  }

  private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
    from.runPendingTasks();
    ByteBuf bytes = from.readOutbound();
    if (bytes == null) {
      return false;
    }
    to.writeInbound(bytes);
    for (Object read = to.readInbound(); read != null; read = to.readInbound()) {
      ReferenceCountUtil.release(read);
    }
    return true;
  }
}
