package dev.nodepass.runtime.client;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.runtime.lifecycle.TestContext;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.Transport;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The pool behind a balancer, of whose servers only some can be reached. */
class RefillIT {
  private static final int WANTED = 16;

  private final TestLoops net = new TestLoops(Transport.NIO, 1);
  private final Loop loop = net.loops().all().getFirst();

  // Owned by the loop.
  private final List<Promise<Refill.Landed>> dials = new ArrayList<>();
  private final List<Runnable> connects = new ArrayList<>();
  private int idle;

  private final AtomicLong now = new AtomicLong();

  private final Refill refill =
      new Refill(
          TestContext.of(net.loops(), "client://127.0.0.1:1/127.0.0.1:2", Map.of(), now::get),
          loop,
          () -> idle,
          this::dial);

  private Future<Refill.Landed> dial(Runnable connected) {
    Promise<Refill.Landed> dial = Promise.promise();
    dials.add(dial);
    connects.add(connected);
    return dial.future();
  }

  @AfterEach
  void close() throws Exception {
    on(refill::stop);
    net.close();
  }

  private void on(Runnable task) throws Exception {
    TestLoops.<Boolean>onLoop(
        loop,
        () -> {
          task.run();
          return true;
        });
  }

  private void passes(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private int dials() throws Exception {
    return TestLoops.onLoop(loop, dials::size);
  }

  /** The dial of that number arrives, as the session that asked for it would tell. */
  private void arrives(int number) {
    idle++;
    dials.get(number).complete(Refill.Landed.HERE);
  }

  @Test
  void aDialThatIsRefusedIsFollowedByAnotherAtOnce() throws Exception {
    on(refill::begin);
    assertEquals(WANTED, dials());
    on(
        () -> {
          for (int i = 0; i < 10; i++) {
            dials.get(i).fail(new IOException("refused"));
          }
        });
    assertEquals(WANTED + 10, dials());
    on(() -> arrives(10));
    assertEquals(WANTED + 10, dials());
  }

  @Test
  void manyInVainInARowMakeAPause() throws Exception {
    on(refill::begin);
    int inThePause =
        TestLoops.onLoop(
            loop,
            () -> {
              for (int i = 0; i < 33; i++) {
                dials.get(i).fail(new IOException("refused"));
              }
              refill.tick();
              return dials.size();
            });
    assertEquals(WANTED + 32, inThePause);
    await().until(() -> dials() == WANTED + 33);
  }

  @Test
  void oneThatArrivesBetweenOthersInVainKeepsThePauseAway() throws Exception {
    on(refill::begin);
    on(
        () -> {
          for (int i = 0; i < 100; i++) {
            if (i % 20 == 19) {
              arrives(i);
              idle--;
            } else {
              dials.get(i).complete(Refill.Landed.ELSEWHERE);
            }
          }
          refill.tick();
        });
    assertEquals(WANTED + 100, dials());
  }

  /** As to the address of a pod that is gone, whose network answers nothing. */
  @Test
  void dialsThatHangAreNotCountedOn() throws Exception {
    on(refill::begin);
    on(
        () -> {
          arrives(0);
          refill.tick();
        });
    assertEquals(WANTED, dials());
    // As many again each time, until 64 are under way: then it waits for these.
    for (int under : new int[] {WANTED + 15, WANTED + 30, WANTED + 45, 1 + 64, 1 + 64}) {
      passes(Duration.ofMillis(1_100));
      on(refill::tick);
      assertEquals(under, dials());
    }
  }

  /** As to a server with little processor time, whose kernel takes them all the same. */
  @Test
  void dialsThatHaveConnectedAreCountedOnHoweverLongTheyTake() throws Exception {
    on(refill::begin);
    on(() -> connects.forEach(Runnable::run));
    passes(Duration.ofMillis(1_100));
    on(refill::tick);
    assertEquals(WANTED, dials());
  }

  /** As to a balancer that has not noticed yet that one of two servers is gone. */
  @Test
  void aDialThatLaterOnesOvertakeIsNotCountedOn() throws Exception {
    on(refill::begin);
    on(() -> connects.forEach(Runnable::run));
    passes(Duration.ofMillis(20));
    on(() -> dials.get(1).fail(new IOException("closed")));
    assertEquals(WANTED + 1, dials());
    on(
        () -> {
          connects.getLast().run();
          arrives(WANTED);
        });
    passes(Duration.ofMillis(1_100));
    on(refill::tick);
    assertEquals(WANTED + 1 + WANTED - 1, dials(), "in place of all but the one that is idle");
  }

  @Test
  void afterSlowOnesFewerAreDialledAtOneTime() throws Exception {
    on(refill::begin);
    on(() -> connects.forEach(Runnable::run));
    on(() -> arrives(0));
    passes(Duration.ofMillis(1_100));
    on(
        () -> {
          for (int i = 1; i < WANTED - 1; i++) {
            dials.get(i).fail(new IOException("no TLS handshake in time"));
          }
        });
    assertEquals(WANTED, dials(), "one at a time, and one is under way");
    on(() -> dials.getLast().fail(new IOException("no TLS handshake in time")));
    assertEquals(WANTED + 1, dials());
  }
}
