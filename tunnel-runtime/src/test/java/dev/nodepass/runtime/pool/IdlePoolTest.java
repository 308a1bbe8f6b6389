package dev.nodepass.runtime.pool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class IdlePoolTest {
  /** A connection that is only a claim. */
  private static final class Thing implements Pooled {
    private final int loop;
    private final AtomicInteger claims = new AtomicInteger();

    private Thing(int loop) {
      this.loop = loop;
    }

    @Override
    public boolean claim() {
      return claims.getAndIncrement() == 0;
    }

    @Override
    public int loop() {
      return loop;
    }
  }

  private final IdlePool<Thing> pool = new IdlePool<>(3);

  private Thing added(int loop) {
    Thing thing = new Thing(loop);
    pool.add(thing);
    return thing;
  }

  @Test
  void ofAnEmptyPoolNothingIsTaken() {
    assertNull(pool.take(0));
    assertNull(pool.take(2));
    assertEquals(0, pool.idle());
    assertEquals(List.of(), pool.drain());
  }

  @Test
  void itsOwnLoopComesFirst() {
    Thing first = added(0);
    Thing second = added(1);
    Thing third = added(2);

    assertSame(third, pool.take(2));
    assertSame(second, pool.take(1));
    assertSame(first, pool.take(0));
  }

  @Test
  void theOldestComesFirst() {
    Thing old = added(1);
    Thing young = added(1);

    assertSame(old, pool.take(1));
    assertSame(young, pool.take(1));
  }

  @Test
  void fromAnotherLoopTheOldestIsTakenToo() {
    Thing old = added(0);
    Thing young = added(0);

    assertSame(old, pool.take(2));
    assertSame(young, pool.take(1));
    assertNull(pool.take(0));
  }

  @Test
  void whatSomebodyElseClaimedIsSkippedAndForgotten() {
    Thing lost = added(1);
    Thing good = added(1);
    assertTrue(lost.claim());

    assertSame(good, pool.take(1));
    assertEquals(0, pool.idle());
    assertNull(pool.take(1));
  }

  @Test
  void aTakeClaimsOnce() {
    Thing thing = added(0);

    pool.take(0);

    assertEquals(1, thing.claims.get());
    assertFalse(thing.claim());
  }

  @Test
  void whatDiedIsRemovedOnce() {
    Thing dead = added(2);
    Thing alive = added(2);
    assertTrue(dead.claim());

    pool.remove(dead);
    pool.remove(dead);

    assertEquals(1, pool.idle());
    assertSame(alive, pool.take(2));
    pool.remove(alive);
    assertEquals(0, pool.idle());
  }

  @Test
  void drainTakesWhatNobodyClaimed() {
    Thing first = added(0);
    Thing lost = added(1);
    Thing third = added(2);
    assertTrue(lost.claim());

    assertEquals(List.of(first, third), pool.drain());
    assertEquals(0, pool.idle());
    assertNull(pool.take(0));
    assertFalse(first.claim());
  }

  @Test
  void knowsWhatLoopsHaveSome() {
    added(1);

    assertEquals(List.of(false, true, false), List.of(pool.hasOn(0), pool.hasOn(1), pool.hasOn(2)));
    assertEquals(1, pool.idle());
  }

  @Test
  void whatWasGivenBackIsIdleAgain() {
    Thing thing = added(1);
    pool.take(1);
    thing.claims.set(0);

    pool.add(thing);

    assertEquals(1, pool.idle());
    assertSame(thing, pool.take(0));
  }
}
