package dev.nodepass.runtime.listen;

import dev.nodepass.runtime.pool.WaitingRoom;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that serve, and which of them gets the next user: the one with the fewest running
 * among those with an idle data connection; one whose service has just refused comes after those.
 * Thread-safe.
 */
public final class Upstreams implements WaitingRoom.Source<DataConnection> {
  private final List<Upstream> serving = new CopyOnWriteArrayList<>();

  /** Users may be sent there from now on. */
  public void add(Upstream session) {
    serving.add(session);
  }

  /** True if it was among those that serve. */
  public boolean remove(Upstream session) {
    return serving.remove(session);
  }

  /** All of them. */
  public List<Upstream> all() {
    return serving;
  }

  /** Idle data connections of all sessions. */
  public int idle() {
    return serving.stream().mapToInt(Upstream::idle).sum();
  }

  /** Sessions that are to be counted on. */
  public int eligible() {
    return (int) serving.stream().filter(Upstream::isEligible).count();
  }

  @Override
  public @Nullable DataConnection take(int loop) {
    for (int tries = serving.size(); tries >= 0; tries--) {
      Upstream best = fewestRunning();
      if (best == null) {
        return null;
      }
      DataConnection connection = best.take(loop);
      if (connection != null) {
        return connection;
      }
    }
    return null;
  }

  /** Where the next user goes; null when there is no idle data connection. */
  @Nullable Upstream fewestRunning() {
    Upstream best = null;
    for (Upstream session : serving) {
      if (session.hasIdle() && (best == null || isBetter(session, best))) {
        best = session;
      }
    }
    return best;
  }

  private static boolean isBetter(Upstream session, Upstream best) {
    return session.isPreferred() == best.isPreferred()
        ? session.running() < best.running()
        : session.isPreferred();
  }

  @Override
  public void giveBack(DataConnection connection) {
    connection
        .owningLoop()
        .run(
            () -> {
              if (connection.release()) {
                connection.upstream().putBack(connection);
              }
            });
  }
}
