package dev.nodepass.operator.cluster;

import java.util.ArrayDeque;
import java.util.Deque;

/** What is done when the JVM ends, the last thing first: programs end before their files go. */
final class AtExit {
  private static final Deque<Runnable> TASKS = new ArrayDeque<>();

  static {
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(AtExit::runAll));
  }

  private AtExit() {}

  static synchronized void add(Runnable task) {
    TASKS.push(task);
  }

  private static synchronized void runAll() {
    for (Runnable task : TASKS) {
      try {
        task.run();
      } catch (RuntimeException wrong) {
        // Nobody is there to be told; the others must have their turn.
        System.err.println("at exit: " + wrong);
      }
    }
  }
}
