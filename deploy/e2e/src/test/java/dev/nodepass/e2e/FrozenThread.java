package dev.nodepass.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * A thread of another process that stands still as if it were blocked for ever, while the others of
 * that process go on: held by ptrace(2). It needs root, and goes on when this is closed.
 */
final class FrozenThread implements AutoCloseable {
  // sys/ptrace.h and sys/wait.h of Linux.
  private static final int DETACH = 17;
  private static final int SEIZE = 0x4206;
  private static final int INTERRUPT = 0x4207;
  private static final int NO_HANG = 1;
  private static final int ALL = 0x4000_0000;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Linker LINKER = Linker.nativeLinker();

  @SuppressWarnings("restricted") // As many bytes as ptrace(2) says, and pointers that are null.
  private static final MethodHandle PTRACE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("ptrace"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.ADDRESS),
          Linker.Option.firstVariadicArg(1));

  @SuppressWarnings("restricted") // As above, waitpid(2).
  private static final MethodHandle WAITPID =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("waitpid"),
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT));

  private final int thread;
  private final CompletableFuture<Boolean> frozen = new CompletableFuture<>();
  private volatile boolean released;
  private final Thread keeper;

  private FrozenThread(int thread) {
    this.thread = thread;
    // The thread that seized another is the only one that may do anything with it.
    this.keeper = Thread.ofPlatform().daemon().start(this::keep);
  }

  /**
   * Freezes a thread.
   *
   * @param process its process, as this machine numbers them
   * @param name its name, of which the kernel keeps 15 characters
   */
  static FrozenThread freeze(long process, String name) {
    String kept = name.substring(0, Math.min(name.length(), 15));
    int thread;
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process + "/task"))) {
      thread =
          threads
              .filter(t -> PodProcess.read(t.resolve("comm")).strip().equals(kept))
              .mapToInt(t -> Integer.parseInt(t.getFileName().toString()))
              .min()
              .orElseThrow(() -> new AssertionError(process + " has no thread " + name));
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
    FrozenThread held = new FrozenThread(thread);
    try {
      held.frozen.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return held;
    } catch (InterruptedException | ExecutionException | TimeoutException failed) {
      held.close();
      throw new IllegalStateException("cannot freeze thread " + thread, failed);
    }
  }

  private void keep() {
    try {
      call(SEIZE);
      call(INTERRUPT);
      // Also takes note of its end: while nobody does, its process stays.
      for (int seen = await(); seen >= 0; seen = await()) {
        if (seen > 0) {
          frozen.complete(true);
        }
        if (released && frozen.isDone()) {
          call(DETACH);
          return;
        }
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    } catch (Throwable failed) {
      frozen.completeExceptionally(failed);
    }
  }

  private void call(int request) throws Throwable {
    long answer =
        (long) PTRACE.invokeExact(request, thread, MemorySegment.NULL, MemorySegment.NULL);
    if (answer != 0) {
      throw new IOException("ptrace request " + request + " failed");
    }
  }

  /** The thread if something happened to it, 0 if not, -1 when it is no more. */
  private int await() throws Throwable {
    return (int) WAITPID.invokeExact(thread, MemorySegment.NULL, ALL | NO_HANG);
  }

  /** False when it is no more. */
  boolean isHeld() {
    return keeper.isAlive();
  }

  /** Lets it go on, if it still is. */
  @Override
  public void close() {
    released = true;
    try {
      keeper.join(PATIENCE);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }
}
