package dev.nodepass.runtime.net;

import io.netty.channel.EventLoop;
import io.vertx.core.impl.ContextInternal;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import org.jboss.logging.Logger;

/**
 * One event loop: the owner of whatever state says so. May be used from every thread; what is given
 * to it runs on its own.
 */
public final class Loop {
  private static final Logger LOG = Logger.getLogger(Loop.class);

  private final int index;
  private final ContextInternal context;

  Loop(int index, ContextInternal context) {
    this.index = index;
    this.context = context;
  }

  /** Its number, from 0 up to the number of loops. */
  public int index() {
    return index;
  }

  /** True on the loop's own thread. */
  public boolean isCurrent() {
    return context.nettyEventLoop().inEventLoop();
  }

  /**
   * Runs the task on the loop: now when already there, else after what is queued. Never, when the
   * process is stopping and its loops have ended: there is nothing left that it could be about.
   */
  public void run(Runnable task) {
    try {
      // Not context.execute(), which runs a task without its context: what asks Vert.x for the
      // current one would then get another, on another loop.
      context.emit(task, Runnable::run);
    } catch (RejectedExecutionException ended) {
      LOG.debug("a task came after the end of its loop");
    }
  }

  /** Runs the task on the loop after what is queued there, also when called on it. */
  public void later(Runnable task) {
    try {
      context.nettyEventLoop().execute(() -> context.dispatch(task));
    } catch (RejectedExecutionException ended) {
      LOG.debug("a task came after the end of its loop");
    }
  }

  /** Runs the task on the loop once, after the delay (to the millisecond, at least one). */
  public Timer after(Duration delay, Runnable task) {
    long id = context.setTimer(Math.max(1, delay.toMillis()), fired -> task.run());
    return () -> context.owner().cancelTimer(id);
  }

  /** Runs the task on the loop again and again, until cancelled. */
  public Timer every(Duration period, Runnable task) {
    long id = context.setPeriodic(Math.max(1, period.toMillis()), fired -> task.run());
    return () -> context.owner().cancelTimer(id);
  }

  ContextInternal context() {
    return context;
  }

  EventLoop eventLoop() {
    return context.nettyEventLoop();
  }

  /** A task that is to run later. */
  @FunctionalInterface
  public interface Timer {
    /** Does nothing. */
    Timer NONE = () -> {};

    /** Stops it from running again; harmless when it has run. */
    void cancel();
  }
}
