package dev.nodepass.runtime.tunnel;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A port before another one that passes TCP connections on byte by byte, and can hold one of them
 * up: a network between client and server that a test has in its hand.
 */
final class Passage implements AutoCloseable {
  private final ServerSocket listener;
  private final int to;
  private final byte[] header;
  private final List<Connection> connections = new CopyOnWriteArrayList<>();

  private Passage(int to, byte[] header) throws IOException {
    this.to = to;
    this.header = header.clone();
    listener = new ServerSocket(0, 4096, InetAddress.ofLiteral("127.0.0.1"));
    Thread.ofVirtual().start(this::accept);
  }

  static Passage to(int port) throws IOException {
    return to(port, new byte[0]);
  }

  /** The same, with something said first on each connection. */
  static Passage to(int port, byte[] header) throws IOException {
    return new Passage(port, header);
  }

  int port() {
    return listener.getLocalPort();
  }

  /** All connections so far. */
  List<Connection> connections() {
    return List.copyOf(connections);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket from = listener.accept();
        Socket onward = User.connect(to);
        onward.getOutputStream().write(header);
        connections.add(new Connection(from, onward));
      } catch (IOException closed) {
        return;
      }
    }
  }

  /** One of them. Thread-safe. */
  static final class Connection {
    private final Socket dialler;
    private final Socket listener;
    private final AtomicLong passed = new AtomicLong();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition released = lock.newCondition();
    private boolean held;

    private Connection(Socket dialler, Socket listener) {
      this.dialler = dialler;
      this.listener = listener;
      Thread.ofVirtual().start(() -> pass(dialler, listener));
      Thread.ofVirtual().start(() -> pass(listener, dialler));
    }

    private void pass(Socket from, Socket into) {
      byte[] buffer = new byte[16_384];
      try (from;
          into) {
        from.setSoTimeout(0);
        InputStream in = from.getInputStream();
        OutputStream out = into.getOutputStream();
        for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
          passed.addAndGet(length);
          awaitRelease();
          out.write(buffer, 0, length);
        }
      } catch (IOException | InterruptedException over) {
        // Both sides are closed.
      }
    }

    private void awaitRelease() throws InterruptedException {
      lock.lock();
      try {
        while (held) {
          released.await();
        }
      } finally {
        lock.unlock();
      }
    }

    /** Bytes so far, both ways. */
    long passed() {
      return passed.get();
    }

    /** Passes nothing on and soon reads nothing either, or does so again. */
    void hold(boolean on) {
      lock.lock();
      try {
        held = on;
        released.signalAll();
      } finally {
        lock.unlock();
      }
    }

    private void close() throws IOException {
      hold(false);
      dialler.close();
      listener.close();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
