package dev.nodepass.runtime.net;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.impl.VertxInternal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;

/** All event loops of a Vert.x instance. Thread-safe. */
public final class Loops {
  private final Vertx vertx;
  private final List<Loop> loops;
  private final AtomicInteger next = new AtomicInteger();
  private final Map<String, Future<Void>> closing = new ConcurrentHashMap<>();

  public Loops(Vertx vertx) {
    this.vertx = vertx;
    List<Loop> all = new ArrayList<>();
    for (EventExecutor executor : ((VertxInternal) vertx).getEventLoopGroup()) {
      all.add(
          new Loop(
              all.size(),
              ((VertxInternal) vertx)
                  .createEventLoopContext(
                      (EventLoop) executor, null, Thread.currentThread().getContextClassLoader())));
    }
    this.loops = List.copyOf(all);
  }

  /** Every loop, by number. */
  public List<Loop> all() {
    return loops;
  }

  /** How many there are. */
  public int size() {
    return loops.size();
  }

  /** Each loop in turn. */
  public Loop next() {
    return loops.get(Math.floorMod(next.getAndIncrement(), loops.size()));
  }

  /** The loop on whose thread the caller is. */
  Loop of(EventLoop eventLoop) {
    for (Loop loop : loops) {
      if (loop.eventLoop() == eventLoop) {
        return loop;
      }
    }
    throw new IllegalArgumentException("not an event loop of this Vert.x");
  }

  /** Notes that a listener is closing, until it has. */
  void closing(String address, Future<Void> closed) {
    closing.put(address, closed);
    closed.onComplete(done -> closing.remove(address, closed));
  }

  /** Completes when no listener on that address is on its way out. */
  Future<Void> closing(String address) {
    return closing.getOrDefault(address, Future.succeededFuture());
  }

  /** Runs what blocks off the loops, a task at a time. Threads are Vert.x's own. */
  public Executor worker(String name) {
    WorkerExecutor worker = vertx.createSharedWorkerExecutor(name, 1);
    return task ->
        worker.executeBlocking(
            () -> {
              task.run();
              return null;
            },
            false);
  }

  /** The outcome of something that blocks. */
  public <T> Future<T> blocking(Callable<T> task) {
    return vertx.executeBlocking(task, false);
  }

  Vertx vertx() {
    return vertx;
  }

  /** How sockets are driven: {@code epoll}, or {@code nio} where the native library is absent. */
  public String transport() {
    return vertx.isNativeTransportEnabled() ? "epoll" : "nio";
  }
}
