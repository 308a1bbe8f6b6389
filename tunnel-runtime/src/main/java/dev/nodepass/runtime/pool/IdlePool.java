package dev.nodepass.runtime.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Idle connections, by loop: a take gets one of the caller's own loop if there is one, so that its
 * relay needs no hand-over, else the oldest of another loop. Lock-free and callable from every
 * thread; that a connection has one user is settled by its {@link Pooled#claim()}.
 */
public final class IdlePool<C extends Pooled> {
  private final List<ConcurrentLinkedDeque<C>> byLoop = new ArrayList<>();
  private final AtomicInteger idle = new AtomicInteger();

  public IdlePool(int loops) {
    for (int i = 0; i < loops; i++) {
      byLoop.add(new ConcurrentLinkedDeque<>());
    }
  }

  /** Adds an idle connection. */
  public void add(C connection) {
    idle.incrementAndGet();
    byLoop.get(connection.loop()).addLast(connection);
  }

  /** Takes out a connection that died while idle; it must have been claimed by the caller. */
  public void remove(C connection) {
    if (byLoop.get(connection.loop()).remove(connection)) {
      idle.decrementAndGet();
    }
  }

  /** Claims an idle connection, or null when there is none. */
  public @Nullable C take(int loop) {
    for (int i = 0; i < byLoop.size(); i++) {
      C connection = takeFrom(byLoop.get((loop + i) % byLoop.size()));
      if (connection != null) {
        return connection;
      }
    }
    return null;
  }

  private @Nullable C takeFrom(ConcurrentLinkedDeque<C> queue) {
    for (C connection = queue.pollFirst(); connection != null; connection = queue.pollFirst()) {
      idle.decrementAndGet();
      if (connection.claim()) {
        return connection;
      }
    }
    return null;
  }

  /** Empties the pool; what was claimed is returned, for the caller to close. */
  public List<C> drain() {
    List<C> taken = new ArrayList<>();
    for (C connection = take(0); connection != null; connection = take(0)) {
      taken.add(connection);
    }
    return taken;
  }

  /** How many are idle. */
  public int idle() {
    return idle.get();
  }

  /** True when a take would likely get one of that loop. */
  public boolean hasOn(int loop) {
    return !byLoop.get(loop).isEmpty();
  }
}
