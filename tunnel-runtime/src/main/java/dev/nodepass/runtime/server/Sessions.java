package dev.nodepass.runtime.server;

import dev.nodepass.runtime.pool.WaitingRoom;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that serve, and which of them gets the next user: the one with the fewest running
 * among those with an idle data connection. Thread-safe.
 */
final class Sessions implements WaitingRoom.Source<DataConnection> {
  private final List<ServerSession> serving = new CopyOnWriteArrayList<>();

  void add(ServerSession session) {
    serving.add(session);
  }

  /** True if it was among those that serve. */
  boolean remove(ServerSession session) {
    return serving.remove(session);
  }

  List<ServerSession> all() {
    return serving;
  }

  /** Idle data connections of all sessions. */
  int idle() {
    return serving.stream().mapToInt(ServerSession::idle).sum();
  }

  /** Sessions that can take a user now. */
  int eligible() {
    return (int) serving.stream().filter(ServerSession::isEligible).count();
  }

  @Override
  public @Nullable DataConnection take(int loop) {
    for (int tries = serving.size(); tries >= 0; tries--) {
      ServerSession best = fewestRunning();
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

  private @Nullable ServerSession fewestRunning() {
    ServerSession best = null;
    for (ServerSession session : serving) {
      if (session.isEligible() && (best == null || session.running() < best.running())) {
        best = session;
      }
    }
    return best;
  }

  @Override
  public void giveBack(DataConnection connection) {
    connection
        .owningLoop()
        .run(
            () -> {
              if (connection.release()) {
                connection.session().putBack(connection);
              }
            });
  }
}
