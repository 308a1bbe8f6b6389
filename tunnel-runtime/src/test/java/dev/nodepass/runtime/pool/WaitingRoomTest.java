package dev.nodepass.runtime.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.pool.WaitingRoom.Entry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The room on one thread; {@link WaitingRoomStressTest} has many. */
class WaitingRoomTest {
  /** Numbered connections. */
  private static final class Shelf implements WaitingRoom.Source<Integer> {
    private final Deque<Integer> idle = new ArrayDeque<>();
    private final List<Integer> askedFor = new ArrayList<>();
    private Runnable beforeTakeReturns = () -> {};
    private Runnable whenEmpty = () -> {};

    @Override
    public @Nullable Integer take(int loop) {
      askedFor.add(loop);
      Integer taken = idle.pollFirst();
      if (taken != null) {
        beforeTakeReturns.run();
      } else {
        Runnable once = whenEmpty;
        whenEmpty = () -> {};
        once.run();
      }
      return taken;
    }

    @Override
    public void giveBack(Integer connection) {
      idle.addFirst(connection);
    }
  }

  private final class User extends WaitingRoom.Waiter<Integer> {
    private final String name;
    private final boolean quick;

    private User(String name, int loop, boolean quick) {
      super(loop);
      this.name = name;
      this.quick = quick;
    }

    @Override
    protected void served(Integer connection) {
      served.add(name + connection);
      most = Math.max(most, room.running());
      if (quick) {
        room.left();
      }
    }
  }

  private final Shelf shelf = new Shelf();
  private final List<String> served = new ArrayList<>();
  private int most;
  private WaitingRoom<Integer> room = new WaitingRoom<>(shelf, 2, 3);

  private User user(String name) {
    return new User(name, 0, false);
  }

  private void bring(int connection) {
    shelf.idle.addLast(connection);
    room.arrived();
  }

  @Test
  void whoFindsAConnectionAndAPlaceIsServedAtOnce() {
    shelf.idle.add(1);

    assertEquals(Entry.SERVED, room.enter(new User("a", 3, false)));
    assertEquals(List.of("a1"), served);
    assertEquals(List.of(3), shelf.askedFor);
    assertEquals(1, room.running());
    assertEquals(0, room.waiting());
  }

  @Test
  void whoFindsNoConnectionWaitsAndIsServedInOrder() {
    assertEquals(Entry.WAITS, room.enter(user("a")));
    assertEquals(Entry.WAITS, room.enter(user("b")));
    assertEquals(2, room.waiting());
    assertEquals(0, room.running());

    bring(1);
    bring(2);

    assertEquals(List.of("a1", "b2"), served);
    assertEquals(2, room.running());
    assertEquals(0, room.waiting());
  }

  @Test
  void nobodyOvertakes() {
    room.enter(user("a"));
    shelf.idle.add(1);
    shelf.idle.add(2);

    assertEquals(Entry.WAITS, room.enter(user("b")));
    assertEquals(List.of("a1", "b2"), served);
  }

  @Test
  void aConnectionThatArrivesBetweenTheLookAndTheQueueIsNotMissed() {
    shelf.whenEmpty = () -> bring(1);

    assertEquals(Entry.WAITS, room.enter(user("a")));
    assertEquals(List.of("a1"), served);
    assertEquals(0, room.waiting());
  }

  @Test
  void aConnectionThatArrivesWhileTheQueueIsLookedAtIsNotMissed() {
    room.enter(user("a"));
    shelf.whenEmpty = () -> bring(1);

    room.arrived();

    assertEquals(List.of("a1"), served);
  }

  @Test
  void neverMoreThanThePlacesRun() {
    shelf.idle.addAll(List.of(1, 2, 3, 4));
    room.enter(user("a"));
    room.enter(user("b"));
    assertTrue(room.isFull());

    assertEquals(Entry.WAITS, room.enter(user("c")));
    assertEquals(Entry.WAITS, room.enter(user("d")));
    assertEquals(List.of("a1", "b2"), served);
    assertEquals(List.of(3, 4), List.copyOf(shelf.idle));

    room.left();
    assertEquals(List.of("a1", "b2", "c3"), served);
    room.left();
    assertEquals(List.of("a1", "b2", "c3", "d4"), served);
    assertEquals(2, room.running());
    assertEquals(2, most);
  }

  @Test
  void onlySoManyMayWait() {
    assertEquals(Entry.WAITS, room.enter(user("a")));
    assertEquals(Entry.WAITS, room.enter(user("b")));
    assertEquals(Entry.WAITS, room.enter(user("c")));

    assertEquals(Entry.FULL, room.enter(user("d")));
    assertEquals(3, room.waiting());

    bring(1);
    bring(2);
    bring(3);
    room.left();
    assertEquals(List.of("a1", "b2", "c3"), served);
    assertEquals(0, room.waiting());
  }

  @Test
  void aRoomWithoutAQueueServesOrRefuses() {
    room = new WaitingRoom<>(shelf, 1, 0);
    assertEquals(Entry.FULL, room.enter(user("a")));
    shelf.idle.add(1);

    assertEquals(Entry.SERVED, room.enter(user("b")));
    assertEquals(Entry.FULL, room.enter(user("c")));
    room.left();
    assertEquals(0, room.running());
  }

  @Test
  void whoGivesUpIsNotServed() {
    User first = user("a");
    room.enter(first);
    room.enter(user("b"));

    assertTrue(room.giveUp(first));
    assertEquals(1, room.waiting());
    bring(1);

    assertEquals(List.of("b1"), served);
    assertEquals(1, room.running());
  }

  @Test
  void whoGivesUpBehindOthersIsCountedUntilItsTurn() {
    room.enter(user("a"));
    User second = user("b");
    room.enter(second);

    assertTrue(room.giveUp(second));
    assertEquals(2, room.waiting());
    bring(1);

    assertEquals(List.of("a1"), served);
    assertEquals(0, room.waiting());
  }

  @Test
  void whoWasServedCannotGiveUpAndNobodyGivesUpTwice() {
    User quick = user("a");
    shelf.idle.add(1);
    room.enter(quick);
    assertFalse(room.giveUp(quick));

    User slow = user("b");
    room.enter(slow);
    assertTrue(room.giveUp(slow));
    assertFalse(room.giveUp(slow));
  }

  @Test
  void theConnectionOfOneWhoGaveUpAtTheLastMomentGoesBack() {
    User first = user("a");
    room.enter(first);
    shelf.beforeTakeReturns = () -> room.giveUp(first);

    bring(1);

    assertEquals(List.of(), served);
    assertEquals(List.of(1), List.copyOf(shelf.idle));
    assertEquals(0, room.running());
    assertEquals(0, room.waiting());
  }

  @Test
  void theConnectionOfOneWhoGaveUpAtTheLastMomentGoesToTheNext() {
    User first = user("a");
    room.enter(first);
    room.enter(user("b"));
    shelf.beforeTakeReturns = () -> room.giveUp(first);

    bring(1);

    assertEquals(List.of("b1"), served);
    assertEquals(1, room.running());
    assertEquals(0, room.waiting());
  }

  @Test
  void whoIsDoneWhileBeingServedMakesRoomForTheNext() {
    room = new WaitingRoom<>(shelf, 1, 3);
    room.enter(new User("a", 0, true));
    room.enter(new User("b", 0, true));
    room.enter(new User("c", 0, true));
    shelf.idle.addAll(List.of(1, 2, 3));

    room.arrived();

    assertEquals(List.of("a1", "b2", "c3"), served);
    assertEquals(0, room.running());
    assertEquals(1, most);
  }

  @Test
  void anArrivalWithoutWaitersTakesNothing() {
    bring(1);

    assertEquals(List.of(), shelf.askedFor);
    assertEquals(List.of(1), List.copyOf(shelf.idle));
  }
}
