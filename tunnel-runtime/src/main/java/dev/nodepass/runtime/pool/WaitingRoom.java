package dev.nodepass.runtime.pool;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Gives each user a connection and a place among those running at one time; who gets none waits, in
 * order, in a bounded queue. Lock-free and callable from every thread; a waiter hears its outcome
 * once, on whichever thread found it.
 *
 * <p>No waiter is forgotten: who waits enters the queue first and then looks again, and who brings
 * a connection or gives up a place does so first and then looks at the queue.
 */
public final class WaitingRoom<C> {
  private final Source<C> source;
  private final int places;
  private final int longestQueue;
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger waiting = new AtomicInteger();
  private final Queue<Waiter<C>> queue = new ConcurrentLinkedQueue<>();

  /** How many threads asked for a look at the queue; the first of them looks for all. */
  private final AtomicInteger looks = new AtomicInteger();

  /**
   * @param places how many may run at one time
   * @param longestQueue how many may wait
   */
  public WaitingRoom(Source<C> source, int places, int longestQueue) {
    this.source = source;
    this.places = places;
    this.longestQueue = longestQueue;
  }

  /** Where connections come from. */
  public interface Source<C> {
    /** Claims a connection, preferably of that loop; null when there is none anywhere. */
    @Nullable C take(int loop);

    /** Takes back a claimed connection that nothing was done with. */
    void giveBack(C connection);
  }

  /** What became of an entry. */
  public enum Entry {
    /** Served at once. */
    SERVED,
    /** Waits: {@link Waiter#served} will be called, unless the waiter gives up. */
    WAITS,
    /** The queue is full: nothing more will happen. */
    FULL
  }

  /** Somebody who needs a connection. */
  public abstract static class Waiter<C> {
    private final int loop;

    /** Whoever sets it first has the say: the room by serving, or the waiter by giving up. */
    private final AtomicInteger settled = new AtomicInteger();

    protected Waiter(int loop) {
      this.loop = loop;
    }

    /** Got a connection and a place; {@link WaitingRoom#left()} must follow when done. */
    protected abstract void served(C connection);

    private boolean settle() {
      return settled.compareAndSet(0, 1);
    }

    private boolean isSettled() {
      return settled.get() != 0;
    }
  }

  /** Serves the waiter now if it can, else lets it wait. */
  public Entry enter(Waiter<C> waiter) {
    if (waiting.get() == 0 && serve(waiter)) {
      return Entry.SERVED;
    }
    if (waiting.incrementAndGet() > longestQueue) {
      waiting.decrementAndGet();
      look();
      return Entry.FULL;
    }
    queue.add(waiter);
    look();
    return Entry.WAITS;
  }

  /** Takes a place for one who needs no connection; false when others wait or all are taken. */
  public boolean enterWithout() {
    return waiting.get() == 0 && takePlace();
  }

  /** Takes a waiter out; false when it was served in the meantime. */
  public boolean giveUp(Waiter<C> waiter) {
    if (!waiter.settle()) {
      return false;
    }
    look();
    return true;
  }

  /** A connection became idle. */
  public void arrived() {
    if (waiting.get() > 0) {
      look();
    }
  }

  /** One who was served is done. */
  public void left() {
    running.decrementAndGet();
    if (waiting.get() > 0) {
      look();
    }
  }

  /** How many were served and are not done. */
  public int running() {
    return running.get();
  }

  /** How many wait; who gave up behind others is counted until its turn. */
  public int waiting() {
    return waiting.get();
  }

  /** True when every place is taken. */
  public boolean isFull() {
    return running.get() >= places;
  }

  /** Serves those at the head of the queue as long as there is something to serve them with. */
  private void look() {
    if (looks.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    do {
      try {
        serveQueue();
      } catch (RuntimeException defect) {
        // Others must still be able to look.
        looks.set(0);
        throw defect;
      }
      seen = looks.addAndGet(-seen);
    } while (seen != 0);
  }

  private void serveQueue() {
    for (Waiter<C> head = queue.peek(); head != null; head = queue.peek()) {
      if (!head.isSettled() && !serve(head)) {
        return;
      }
      queue.poll();
      waiting.decrementAndGet();
    }
  }

  /** False when there is no place or no connection. A waiter that gave up counts as served. */
  private boolean serve(Waiter<C> waiter) {
    if (!takePlace()) {
      return false;
    }
    boolean seated = false;
    try {
      C connection = source.take(waiter.loop);
      if (connection == null) {
        return false;
      }
      if (waiter.settle()) {
        waiter.served(connection);
        seated = true;
      } else {
        // It gave up just now: what was claimed for it goes back.
        source.giveBack(connection);
      }
      return true;
    } finally {
      if (!seated) {
        running.decrementAndGet();
      }
    }
  }

  private boolean takePlace() {
    for (int now = running.get(); now < places; now = running.get()) {
      if (running.compareAndSet(now, now + 1)) {
        return true;
      }
    }
    return false;
  }
}
