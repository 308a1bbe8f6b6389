package dev.nodepass.runtime.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.pool.WaitingRoom.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Users come, give up and leave, and connections arrive, all at once: nobody is forgotten. */
@Timeout(60)
class WaitingRoomStressTest {
  private static final int THREADS = 4;
  private static final int USERS_EACH = 2500;
  private static final int USERS = THREADS * USERS_EACH;
  private static final int PLACES = 2;

  private final Queue<Integer> idle = new ConcurrentLinkedQueue<>();
  private final AtomicIntegerArray uses = new AtomicIntegerArray(USERS);
  private final AtomicInteger arrived = new AtomicInteger();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger most = new AtomicInteger();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger twice = new AtomicInteger();
  private final AtomicInteger gaveUp = new AtomicInteger();
  private final Queue<User> inside = new ConcurrentLinkedQueue<>();

  private final WaitingRoom<Integer> room =
      new WaitingRoom<>(
          new WaitingRoom.Source<>() {
            @Override
            public @Nullable Integer take(int loop) {
              Integer taken = idle.poll();
              linger();
              return taken;
            }

            @Override
            public void giveBack(Integer connection) {
              idle.add(connection);
              room().arrived();
            }
          },
          PLACES,
          USERS);

  /** Between looking and acting on it: here others must be able to come in between. */
  private static void linger() {
    for (int i = 0; i < 500; i++) {
      Thread.onSpinWait();
    }
  }

  private WaitingRoom<Integer> room() {
    return room;
  }

  private final class User extends WaitingRoom.Waiter<Integer> {
    private final AtomicInteger outcomes = new AtomicInteger();
    private final boolean quick;

    private User(boolean quick) {
      super(0);
      this.quick = quick;
    }

    @Override
    protected void served(Integer connection) {
      most.accumulateAndGet(running.incrementAndGet(), Math::max);
      settled();
      served.incrementAndGet();
      uses.incrementAndGet(connection);
      if (quick) {
        leave();
      } else {
        inside.add(this);
      }
    }

    private void settled() {
      if (outcomes.incrementAndGet() > 1) {
        twice.incrementAndGet();
      }
    }

    private void leave() {
      running.decrementAndGet();
      room.left();
    }
  }

  private void leaveOne() {
    User done = inside.poll();
    if (done != null) {
      done.leave();
    }
  }

  private void bringOne() {
    int connection = arrived.getAndIncrement();
    if (connection < USERS) {
      idle.add(connection);
      room.arrived();
    }
  }

  /** A thread's share: each step one user comes, and perhaps others leave, give up, arrive. */
  private List<User> share(Random random) {
    List<User> all = new ArrayList<>();
    for (int i = 0; i < USERS_EACH; i++) {
      User user = new User(random.nextInt(4) == 0);
      all.add(user);
      assertTrue(room.enter(user) != Entry.FULL, "the queue has room for all");
      if (random.nextInt(10) < 9) {
        bringOne();
      }
      if (random.nextInt(3) == 0) {
        User impatient = all.get(random.nextInt(all.size()));
        if (room.giveUp(impatient)) {
          impatient.settled();
          gaveUp.incrementAndGet();
        }
      }
      leaveOne();
    }
    return all;
  }

  @RepeatedTest(3)
  void nobodyIsForgottenAndEachConnectionIsUsedOnce(RepetitionInfo repetition)
      throws InterruptedException, ExecutionException {
    CountDownLatch together = new CountDownLatch(THREADS);
    List<User> users = new ArrayList<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<List<User>>> shares = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(repetition.getCurrentRepetition() * 31L + i);
        shares.add(
            threads.submit(
                () -> {
                  together.countDown();
                  together.await();
                  return share(random);
                }));
      }
      for (Future<List<User>> share : shares) {
        users.addAll(share.get());
      }
    }
    // What is left: the rest of the connections arrive, and everybody goes home.
    while (arrived.get() < USERS) {
      bringOne();
    }
    while (!inside.isEmpty()) {
      leaveOne();
    }

    assertEquals(USERS, users.size());
    assertEquals(0, users.stream().filter(user -> user.outcomes.get() != 1).count(), "forgotten");
    assertEquals(0, twice.get());
    assertEquals(USERS, served.get() + gaveUp.get());
    assertEquals(0, room.running());
    assertEquals(0, room.waiting());
    assertTrue(most.get() <= PLACES, "ran at one time: " + most);
    int used = 0;
    for (int i = 0; i < USERS; i++) {
      assertTrue(uses.get(i) <= 1, "a connection was used twice");
      used += uses.get(i);
    }
    assertEquals(served.get(), used);
    assertEquals(USERS - used, idle.size(), "a connection was lost");
  }

  /**
   * Few operations meet in each round, and then all is quiet: a wake-up that was lost shows before
   * a later one can hide it.
   */
  @Test
  void whenAllIsQuietNobodyWaitsWhoCouldBeServed() throws InterruptedException, ExecutionException {
    List<String> forgotten = new ArrayList<>();
    AtomicInteger entered = new AtomicInteger();
    CyclicBarrier quiet =
        new CyclicBarrier(
            THREADS,
            () -> {
              int wait = entered.get() - served.get() - gaveUp.get();
              if (wait > 0 && !idle.isEmpty() && room.running() < PLACES) {
                forgotten.add(wait + " wait, " + idle.size() + " idle, " + room.running() + " run");
              }
            });
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> shares = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random random = new Random(i);
        shares.add(
            threads.submit(
                () -> {
                  List<User> own = new ArrayList<>();
                  for (int round = 0; round < USERS_EACH; round++) {
                    quiet.await();
                    step(random, own, entered);
                    quiet.await();
                  }
                  return null;
                }));
      }
      for (Future<?> share : shares) {
        share.get();
      }
    }

    assertEquals(List.of(), forgotten);
    assertEquals(0, twice.get());
    assertTrue(most.get() <= PLACES, "ran at one time: " + most);
    assertTrue(served.get() > USERS / 10, "served: " + served);
  }

  private void step(Random random, List<User> own, AtomicInteger entered) {
    int die = random.nextInt(100);
    if (die < 35) {
      User user = new User(random.nextInt(4) == 0);
      own.add(user);
      entered.incrementAndGet();
      room.enter(user);
    } else if (die < 65) {
      bringOne();
    } else if (die < 95) {
      leaveOne();
    } else if (!own.isEmpty()) {
      User impatient = own.removeLast();
      if (room.giveUp(impatient)) {
        impatient.settled();
        gaveUp.incrementAndGet();
      }
    }
  }
}
