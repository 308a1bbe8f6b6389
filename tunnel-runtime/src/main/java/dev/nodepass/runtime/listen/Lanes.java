package dev.nodepass.runtime.listen;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The lanes of one session, opened as flows come. Thread-safe. */
public final class Lanes {
  private final AtomicReferenceArray<@Nullable Lane> lanes;

  /**
   * @param count how many there are at most
   */
  public Lanes(int count) {
    lanes = new AtomicReferenceArray<>(count);
  }

  /** The number of the lane for a user. */
  int number(Object user) {
    return Math.floorMod((user.hashCode() * 0x9E3779B9) >>> 8, lanes.length());
  }

  /** That lane, if it is open. */
  @Nullable Lane get(int number) {
    Lane lane = lanes.get(number);
    return lane != null && lane.isOpen() ? lane : null;
  }

  /**
   * Makes a lane of a claimed connection, unless there is one with that number. On the connection's
   * loop.
   *
   * @return the lane, which may be another than that of the connection; null when the connection
   *     was dead
   */
  @Nullable Lane open(int number, DataConnection connection) {
    Lane present = get(number);
    if (present != null) {
      if (connection.release()) {
        connection.upstream().putBack(connection);
      }
      return present;
    }
    if (!connection.isSilent()) {
      connection.channel().close();
      return null;
    }
    connection.hold();
    Lane lane = new Lane(connection.channel());
    Lane before = lanes.get(number);
    if ((before != null && before.isOpen()) || !lanes.compareAndSet(number, before, lane)) {
      // Another loop was faster.
      return open(number, connection);
    }
    connection.launchLane(number);
    lane.begin();
    connection.laneBegun();
    return lane;
  }

  /** Closes those that carry nothing, now that the session is over. */
  public void closeIdle() {
    for (int i = 0; i < lanes.length(); i++) {
      Lane lane = get(i);
      if (lane != null && lane.isEmpty()) {
        lane.close();
      }
    }
  }

  /** Closes all of them. */
  public void close() {
    for (int i = 0; i < lanes.length(); i++) {
      Lane lane = get(i);
      if (lane != null) {
        lane.close();
      }
    }
  }
}
