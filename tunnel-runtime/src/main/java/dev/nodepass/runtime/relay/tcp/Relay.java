package dev.nodepass.runtime.relay.tcp;

import dev.nodepass.runtime.net.Early;
import io.netty.buffer.ByteBuf;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Two connections made one. Bytes read on one leg are written to the other; the end of one
 * direction is passed on while the other goes on; a break of one leg resets the other; and a leg
 * whose peer cannot take more is not read.
 *
 * <p>Memory: per direction, what Netty holds for the writing leg (its high-water mark) and one
 * read. With epoll there is one more case: when a source that is held back ends its stream, Netty
 * reads on to the end at once, so then the bound is what the kernel had taken in (tcp(7):
 * tcp_rmem).
 *
 * <p>Threads: each direction is owned by the loop of the leg it reads from. The legs may be on
 * different loops; what crosses then are Netty's own write tasks, in order, and the task that lets
 * a source read again, which runs on the source's loop and so cannot come before the stop it
 * answers.
 */
public final class Relay {
  private final Direction fromUser;
  private final Direction toUser;
  private final Ended ended;

  /** Directions that have not ended in order. */
  private final AtomicInteger open = new AtomicInteger(2);

  private final AtomicBoolean over = new AtomicBoolean();

  private Relay(End user, End service, Traffic traffic, Ended ended) {
    this.ended = ended;
    this.fromUser = new Direction(Outcome.USER_RESET, traffic.up(), traffic.upPace());
    this.toUser = new Direction(Outcome.SERVICE_RESET, traffic.down(), traffic.downPace());
    Leg userLeg = user.leg().create(fromUser);
    Leg serviceLeg = service.leg().create(toUser);
    fromUser.join(userLeg, serviceLeg, toUser);
    toUser.join(serviceLeg, userLeg, fromUser);
  }

  /** Told once, when the relay is over, on whichever loop found it. */
  @FunctionalInterface
  public interface Ended {
    /**
     * @param up bytes from the user towards the service
     * @param down bytes from the service towards the user
     */
    void ended(Outcome outcome, long up, long down);
  }

  /**
   * A connection that becomes an end of a relay.
   *
   * @param leg how its stream travels
   * @param early its stage until now, which may have read something
   */
  public record End(Leg.Factory leg, Early.Source early) {
    /** A plain TCP connection. */
    public static End raw(DuplexChannel channel, Early.Source early) {
      return new End(RawLeg.on(channel), early);
    }
  }

  /**
   * What all relays of a tunnel share.
   *
   * @param up counts bytes from users as they pass
   * @param down counts bytes towards users as they pass
   * @param upPace holds bytes from users back
   * @param downPace holds bytes towards users back
   */
  public record Traffic(LongAdder up, LongAdder down, Pace upPace, Pace downPace) {}

  /**
   * Joins two connections and starts, whatever stage they were in.
   *
   * @param user the connection towards the user
   * @param service the connection towards the service
   */
  public static Relay start(End user, End service, Traffic traffic, Ended ended) {
    Relay relay = new Relay(user, service, traffic, ended);
    relay.fromUser.begin(user.early());
    relay.toUser.begin(service.early());
    return relay;
  }

  /** The service was not reached after all; both ends see a reset. Callable from every thread. */
  public void serviceUnreachable() {
    abort(Outcome.SERVICE_UNREACHABLE);
  }

  /** Ends it now; both ends see a reset. Callable from every thread. */
  public void cut() {
    abort(Outcome.CUT);
  }

  private void abort(Outcome outcome) {
    if (over.compareAndSet(false, true)) {
      fromUser.source().reset();
      toUser.source().reset();
      ended.ended(outcome, fromUser.passed.get(), toUser.passed.get());
    }
  }

  private void directionEnded() {
    if (open.decrementAndGet() == 0 && over.compareAndSet(false, true)) {
      fromUser.source().close();
      toUser.source().close();
      ended.ended(Outcome.COMPLETE, fromUser.passed.get(), toUser.passed.get());
    }
  }

  /** From one leg to the other. Owned by the source's loop. */
  private final class Direction implements Leg.Inbound {
    private final Outcome whenBroken;
    private final LongAdder counter;
    private final Pace pace;
    private Leg source;
    private Leg sink;
    private Direction opposite;
    private boolean finished;
    private boolean paused;

    /** Written by the source's loop alone; others read it when the relay is over. */
    private final AtomicLong passed = new AtomicLong();

    @SuppressWarnings(
        "NullAway.Init") // join() follows at once: the legs need the directions first.
    Direction(Outcome whenBroken, LongAdder counter, Pace pace) {
      this.whenBroken = whenBroken;
      this.counter = counter;
      this.pace = pace;
    }

    void join(Leg from, Leg to, Direction back) {
      source = from;
      sink = to;
      opposite = back;
    }

    Leg source() {
      return source;
    }

    /**
     * Puts the source's leg into its channel, passes on what was read before, and starts to read.
     */
    void begin(Early.Source before) {
      source.enter(
          before,
          () -> {
            resume();
            // The other direction may have filled this leg before it could hear that there is room
            // again.
            writabilityChanged();
          });
    }

    @Override
    public void data(ByteBuf bytes) {
      if (over.get()) {
        ReferenceCountUtil.release(bytes);
        return;
      }
      int length = bytes.readableBytes();
      passed.setRelease(passed.getPlain() + length);
      counter.add(length);
      sink.write(bytes);
      if (!sink.isWritable()) {
        // Nothing else would start the writing when the read is not at its end.
        sink.flush();
        if (!sink.isWritable()) {
          source.setReading(false);
        }
      }
      long rest = pace.take(length);
      if (rest > 0 && !paused) {
        paused = true;
        source.setReading(false);
        source.later(
            rest,
            () -> {
              paused = false;
              resume();
            });
      }
    }

    @Override
    public void batchEnd() {
      sink.flush();
    }

    @Override
    public void ended() {
      if (!finished) {
        finished = true;
        sink.endOutput(Relay.this::directionEnded);
      }
    }

    @Override
    public void broken() {
      abort(whenBroken);
    }

    @Override
    public void writabilityChanged() {
      // This leg is the sink of the other direction, whose loop has to hear of it.
      Direction writer = opposite;
      writer.source.later(writer::resume);
    }

    private void resume() {
      if (!over.get()) {
        source.setReading(!paused && sink.isWritable());
      }
    }
  }
}
