package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.net.TestLoops.Connection;
import dev.nodepass.runtime.net.TestLoops.Connections;
import dev.nodepass.runtime.pool.IdleConnection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class IdleConnectionIT {
  private static final class Idle extends IdleConnection {
    Idle(Connection connection, Pool pool) {
      super(connection.loop(), connection.channel(), "id", pool);
    }
  }

  /** A pool that only listens. */
  private static final class Pool implements IdleConnection.Owner {
    private final boolean maySpeakFirst;

    /** For each death whether it was for garbage. */
    private final Queue<Boolean> deaths = new ConcurrentLinkedQueue<>();

    private final Queue<IdleConnection> spoke = new ConcurrentLinkedQueue<>();

    Pool(boolean maySpeakFirst) {
      this.maySpeakFirst = maySpeakFirst;
    }

    @Override
    public boolean maySpeakFirst() {
      return maySpeakFirst;
    }

    @Override
    public void died(IdleConnection connection, boolean garbage) {
      deaths.add(garbage);
    }

    @Override
    public void spokeEarly(IdleConnection connection) {
      spoke.add(connection);
    }

    void awaitDeath(boolean garbage) {
      Awaitility.await("death").atMost(Peer.PATIENCE).until(() -> !deaths.isEmpty());
      assertEquals(List.of(garbage), List.copyOf(deaths));
    }

    void awaitSpoken() {
      Awaitility.await("early bytes").atMost(Peer.PATIENCE).until(() -> !spoke.isEmpty());
    }
  }

  private static Idle begin(Connection connection, Pool pool) throws Exception {
    Idle idle = new Idle(connection, pool);
    connection.onLoop(() -> idle.begin());
    return idle;
  }

  private static byte[] release(Early early) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (ByteBuf bytes : early.bytes()) {
      all.writeBytes(ByteBufUtil.getBytes(bytes));
    }
    early.release();
    return all.toByteArray();
  }

  private static void awaitClosed(Connection connection) {
    Awaitility.await("closed").atMost(Peer.PATIENCE).until(() -> !connection.channel().isOpen());
  }

  @ParameterizedTest
  @EnumSource
  void oneOfManyClaimsIt(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 2);
        ExecutorService claimers = Executors.newFixedThreadPool(4)) {
      Connections connections = net.connections();
      for (int round = 0; round < 50; round++) {
        Idle idle = begin(connections.next(), new Pool(false));
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Boolean>> claims = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          claims.add(
              claimers.submit(
                  () -> {
                    go.await();
                    return idle.claim();
                  }));
        }
        go.countDown();

        int claimed = 0;
        for (Future<Boolean> claim : claims) {
          claimed += TestLoops.await(claim) ? 1 : 0;
        }
        assertEquals(1, claimed);
        assertFalse(idle.claim());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void itIsClaimedOrDiesNeverBoth(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 2)) {
      Connections connections = net.connections();
      for (int round = 0; round < 50; round++) {
        Pool pool = new Pool(false);
        Connection connection = connections.next();
        Idle idle = begin(connection, pool);

        connection.peer().close();
        boolean claimed = idle.claim();
        net.settle();

        if (!claimed) {
          pool.awaitDeath(false);
        }
        assertNotEquals(claimed, pool.deaths.size() == 1);
        connection.channel().close();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void itDiesAtTheEndOfAPeerThatMayNotSpeak(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Pool pool = new Pool(false);
      Connection connection = net.connections().next();
      Idle idle = begin(connection, pool);

      connection.peer().finish();

      pool.awaitDeath(false);
      assertEquals(0, connection.peer().receiveAll().length);
      assertFalse(idle.claim());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EPOLL", "NIO"})
  void itDiesAtAResetWhoeverMaySpeak(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Connections connections = net.connections();
      for (boolean maySpeakFirst : new boolean[] {false, true}) {
        Pool pool = new Pool(maySpeakFirst);
        Connection connection = connections.next();
        Idle idle = begin(connection, pool);

        connection.peer().reset();

        pool.awaitDeath(false);
        awaitClosed(connection);
        assertFalse(idle.claim());
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void itDiesOfWordsFromAPeerThatMayNotSpeak(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Pool pool = new Pool(false);
      Connection connection = net.connections().next();
      Idle idle = begin(connection, pool);

      connection.peer().send(new byte[] {1});

      pool.awaitDeath(true);
      awaitClosed(connection);
      assertFalse(idle.claim());
    }
  }

  @ParameterizedTest
  @EnumSource
  void earlyBytesAreKeptForWhoClaimsIt(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Pool pool = new Pool(true);
      Connection connection = net.connections().next();
      Idle idle = begin(connection, pool);
      byte[] said = {1, 2, 3};

      connection.peer().send(said);
      pool.awaitSpoken();

      assertTrue(idle.claim());
      Early early = connection.onLoop(idle::take);
      assertArrayEquals(said, release(early));
      assertEquals(0, release(connection.onLoop(idle::take)).length);
      assertEquals(1, pool.spoke.size());
      assertTrue(pool.deaths.isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEarlyEndIsKeptForWhoClaimsIt(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Pool pool = new Pool(true);
      Connection connection = net.connections().next();
      Idle idle = begin(connection, pool);

      connection.peer().finish();
      pool.awaitSpoken();

      assertTrue(idle.claim());
      Early early = connection.onLoop(idle::take);
      assertTrue(early.inputEnded());
      assertEquals(0, release(early).length);
      assertTrue(connection.channel().isActive());
    }
  }

  @ParameterizedTest
  @EnumSource
  void bytesBehindTheIdAreKept(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Pool pool = new Pool(true);
      Connection connection = net.connections().next();
      Idle idle = new Idle(connection, pool);
      byte[] said = {1, 2, 3};

      connection.onLoop(() -> idle.begin(Unpooled.copiedBuffer(said)));

      assertEquals(1, pool.spoke.size());
      assertTrue(idle.claim());
      assertArrayEquals(said, release(connection.onLoop(idle::take)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void bytesThatNobodyClaimsAreReleased(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Pool pool = new Pool(true);
      Connection connection = net.connections().next();
      begin(connection, pool);
      connection.peer().send(new byte[] {1, 2, 3});
      pool.awaitSpoken();

      connection.onLoop(() -> connection.channel().close());

      pool.awaitDeath(false);
    }
  }

  @ParameterizedTest
  @EnumSource
  void thePoolHearsNothingOfTheDeathOfOneThatWasClaimed(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Pool pool = new Pool(false);
      Connection connection = net.connections().next();
      Idle idle = begin(connection, pool);
      assertTrue(idle.claim());

      connection.peer().reset();
      awaitClosed(connection);
      net.settle();

      assertTrue(pool.deaths.isEmpty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void itIsRetiredOnlyWhileItIsIdle(Transport transport) throws Exception {
    try (TestLoops net = new TestLoops(transport, 1)) {
      Connections connections = net.connections();
      Pool pool = new Pool(false);
      Connection taken = connections.next();
      Idle claimed = begin(taken, pool);
      assertTrue(claimed.claim());

      claimed.retire();
      net.settle();
      assertTrue(taken.channel().isActive());
      assertTrue(pool.deaths.isEmpty());

      assertTrue(taken.onLoop(claimed::release));
      claimed.retire();
      pool.awaitDeath(false);
      awaitClosed(taken);
    }
  }
}
