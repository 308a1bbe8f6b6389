package dev.nodepass.operator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A way to a port of 127.0.0.1 that can be cut. It passes bytes on unchanged, so that TLS goes from
 * end to end. Each connection has virtual threads of its own; safe for threads.
 */
public final class InterruptibleProxy implements AutoCloseable {
  private final int target;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private @Nullable ServerSocket listener;
  private @Nullable Thread acceptor;

  /** Begins to listen, on a free port. */
  public InterruptibleProxy(int target) {
    this.target = target;
    this.port = listen(0);
  }

  /** The port of 127.0.0.1 on which it listens; the same after each cut. */
  public int port() {
    return port;
  }

  /** How many connections pass through it now. */
  public int connections() {
    // Each has two ends.
    return open.size() / 2;
  }

  /** Closes all connections, and has new ones refused. */
  public synchronized void cut() {
    if (listener != null && acceptor != null) {
      close(listener);
      // The port is free only when nobody waits at it any more.
      awaitEnd(acceptor);
      listener = null;
    }
    open.forEach(InterruptibleProxy::close);
    open.clear();
  }

  /** Listens again. */
  public synchronized void restore() {
    if (listener == null) {
      listen(port);
    }
  }

  @Override
  public void close() {
    cut();
  }

  private synchronized int listen(int wanted) {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted));
      listener = socket;
      acceptor = Thread.startVirtualThread(() -> accept(socket));
      return socket.getLocalPort();
    } catch (IOException taken) {
      throw new UncheckedIOException(taken);
    }
  }

  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        Socket near = socket.accept();
        Thread.startVirtualThread(() -> connect(socket, near));
      } catch (IOException closed) {
        // The loop's condition tells whether that was meant.
      }
    }
  }

  private void connect(ServerSocket by, Socket near) {
    try {
      Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
      if (!admitted(by, near, far)) {
        close(near);
        close(far);
        return;
      }
      Thread.startVirtualThread(() -> pass(near, far));
      pass(far, near);
    } catch (IOException refused) {
      close(near);
    }
  }

  /** One that came just before a cut must not outlive it. */
  private synchronized boolean admitted(ServerSocket by, Socket near, Socket far) {
    if (!by.equals(listener)) {
      return false;
    }
    open.add(near);
    open.add(far);
    return true;
  }

  private void pass(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException broken) {
      // The other direction ends with it.
    }
    close(from);
    close(to);
    open.remove(from);
    open.remove(to);
  }

  private static void awaitEnd(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private static void close(AutoCloseable socket) {
    try {
      socket.close();
    } catch (Exception gone) {
      // It is closed, which is what was wanted.
    }
  }
}
