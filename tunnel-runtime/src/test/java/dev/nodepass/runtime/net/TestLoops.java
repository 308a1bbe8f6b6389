package dev.nodepass.runtime.net;

import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Event loops of one transport on this machine's loopback. Closing it closes all that was made by
 * it, and fails when a descriptor is left.
 */
public final class TestLoops implements AutoCloseable {
  /** Where tests listen. */
  public static final String HOST = "127.0.0.1";

  private final int descriptorsBefore = OpenDescriptors.count();
  private final Vertx vertx;
  private final Loops loops;
  private final Queue<Peer> peers = new ConcurrentLinkedQueue<>();

  /** Starts them; skips the test where the machine has no such transport. */
  public TestLoops(Transport transport, int loops) {
    this.vertx = transport.start(loops);
    this.loops = new Loops(vertx);
  }

  /** The loops themselves. */
  public Loops loops() {
    return loops;
  }

  /** A connection and who is at its other end. */
  public record Connection(Loop loop, DuplexChannel channel, Peer peer) {
    /** Does something on the connection's loop and waits until it is done. */
    public <T> T onLoop(Callable<T> task) throws Exception {
      return TestLoops.onLoop(loop, task);
    }

    /** Does something on the connection's loop and waits until it is done. */
    public void onLoop(Runnable task) throws Exception {
      onLoop(
          () -> {
            task.run();
            return true;
          });
    }
  }

  /** Connections one after another, with reading off. */
  public final class Connections {
    private record Accepted(Loop loop, DuplexChannel channel) {}

    private final BlockingQueue<Accepted> accepted = new LinkedBlockingQueue<>();
    private final Listener listener;

    Connections() throws Exception {
      listener = listen((loop, channel) -> accepted.add(new Accepted(loop, channel)));
    }

    /** The next one; to be given its stage before its peer says something. */
    public Connection next() throws Exception {
      Peer peer = dial(listener.port());
      Accepted arrived = accepted.poll(Peer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      if (arrived == null) {
        throw new TimeoutException("not accepted");
      }
      return new Connection(arrived.loop(), arrived.channel(), peer);
    }
  }

  /** A source of connections. */
  public Connections connections() throws Exception {
    return new Connections();
  }

  /** Listens on a port that the system draws. */
  public Listener listen(Listener.Acceptor acceptor) throws Exception {
    return await(Listener.open(loops, HOST, 0, KeepAlive.DATA, acceptor));
  }

  /** A peer that is closed at the end. */
  public Peer dial(int port) throws IOException {
    return closing(Peer.dial(port));
  }

  /** The peer, which is now closed at the end. */
  public Peer closing(Peer peer) {
    peers.add(peer);
    return peer;
  }

  /** Waits for the result. */
  public static <T> T await(Future<T> future) throws Exception {
    return await(future.toCompletionStage().toCompletableFuture());
  }

  /** Waits for the result; throws what it failed with. */
  public static <T> T await(java.util.concurrent.Future<T> future) throws Exception {
    try {
      return future.get(Peer.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    }
  }

  /** Does something on a loop and waits until it is done. */
  public static <T> T onLoop(Loop loop, Callable<T> task) throws Exception {
    CompletableFuture<T> done = new CompletableFuture<>();
    loop.later(
        () -> {
          try {
            done.complete(task.call());
          } catch (Throwable failed) {
            done.completeExceptionally(failed);
          }
        });
    return await(done);
  }

  /** Closes the peers, and waits until all loops have seen what had arrived by now. */
  public void closePeers() throws Exception {
    for (Peer peer = peers.poll(); peer != null; peer = peers.poll()) {
      peer.close();
    }
    settle();
  }

  /** Waits until each loop has heard from the kernel all that had arrived by now. */
  public void settle() throws Exception {
    for (int round = 0; round < 3; round++) {
      for (Loop loop : loops.all()) {
        TestLoops.<Boolean>onLoop(loop, () -> true);
      }
    }
  }

  @Override
  public void close() throws IOException {
    try {
      closePeers();
      await(vertx.close());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
    OpenDescriptors.awaitNoMoreThan(descriptorsBefore);
  }
}
