package dev.nodepass.runtime.pool;

import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A data connection that waits for its user. It reads all the time, so that an end or a break is
 * seen at once, with epoll and with NIO.
 *
 * <p>Threads: {@link #claim()} from everywhere; the rest on the connection's own loop.
 */
// Of its own channel alone, but again and again: one that is reused is idle more than once.
@ChannelHandler.Sharable
public class IdleConnection extends ChannelInboundHandlerAdapter implements Pooled, Early.Source {
  /** How long bytes may lie here before the launch that explains them. */
  private static final Duration EARLY_DEADLINE = Duration.ofSeconds(10);

  private final Loop loop;
  private final DuplexChannel channel;
  private final String id;
  private final Owner owner;
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

  // Only on the connection's loop.
  private final List<ByteBuf> early = new ArrayList<>();
  private boolean inputEnded;
  private Loop.Timer deadline = Loop.Timer.NONE;

  private enum State {
    IDLE,
    CLAIMED,
    DEAD
  }

  protected IdleConnection(Loop loop, DuplexChannel channel, String id, Owner owner) {
    this.loop = loop;
    this.channel = channel;
    this.id = id;
    this.owner = owner;
  }

  /** The pool's side of it. Called on the connection's loop. */
  public interface Owner {
    /**
     * Whether the peer may speak before this side knows of a user: a server may, towards a client
     * whose launch is still on its way; a client may not.
     */
    boolean maySpeakFirst();

    /**
     * It died while nobody had claimed it; it is closed right after.
     *
     * @param garbage true when the peer spoke and must not
     */
    void died(IdleConnection connection, boolean garbage);

    /** The peer has spoken or ended, the launch is still to come: it is idle no more. */
    void spokeEarly(IdleConnection connection);
  }

  /** Begins to lie idle. */
  public final void begin() {
    Channels.stage(channel, this);
    channel.config().setAutoRead(true);
  }

  /** Begins to lie idle with what was read behind the id already. */
  public final void begin(ByteBuf first) {
    if (first.isReadable()) {
      Channels.stage(channel, this);
      early.add(first);
      spoke();
    } else {
      first.release();
      begin();
    }
  }

  @Override
  public final boolean claim() {
    return state.compareAndSet(State.IDLE, State.CLAIMED);
  }

  /** Back to idle, when nothing was done with it after all. False when it is of no use any more. */
  public final boolean release() {
    if (isSilent()) {
      state.set(State.IDLE);
      return true;
    }
    channel.close();
    return false;
  }

  /** Stops reading until the next stage begins. Only for who has claimed it. */
  public final void hold() {
    deadline.cancel();
    channel.config().setAutoRead(false);
  }

  /** Nothing was heard of it since it lies idle: it is open, and the peer has not spoken. */
  public final boolean isSilent() {
    return channel.isActive() && early.isEmpty() && !inputEnded;
  }

  @Override
  public final Early take() {
    hold();
    Early taken = new Early(early, inputEnded);
    early.clear();
    return taken;
  }

  @Override
  public final int loop() {
    return loop.index();
  }

  /** The loop that owns it. */
  public final Loop owningLoop() {
    return loop;
  }

  /** The connection itself. */
  public final DuplexChannel channel() {
    return channel;
  }

  /** Its name on the control channel. */
  public final String id() {
    return id;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    early.add((ByteBuf) message);
    // What comes before the launch waits in the kernel, but for this one read.
    channel.config().setAutoRead(false);
    spoke();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      spoke();
    }
  }

  private void spoke() {
    if (state.get() == State.CLAIMED) {
      // The taker's task is on its way to this loop and finds it all here.
      return;
    }
    if (!owner.maySpeakFirst()) {
      die(!early.isEmpty());
    } else if (deadline == Loop.Timer.NONE) {
      owner.spokeEarly(this);
      deadline = loop.after(EARLY_DEADLINE, () -> die(true));
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    channel.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    die(false);
  }

  /** Nothing happens to one that was claimed: whoever has it finds out by itself. */
  private void die(boolean garbage) {
    if (state.compareAndSet(State.IDLE, State.DEAD)) {
      owner.died(this, garbage);
      channel.close();
    }
  }

  /** Closes it if nobody has claimed it. */
  public final void retire() {
    loop.run(() -> die(false));
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    deadline.cancel();
    early.forEach(ByteBuf::release);
    early.clear();
  }
}
