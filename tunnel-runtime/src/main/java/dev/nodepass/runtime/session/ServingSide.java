package dev.nodepass.runtime.session;

import dev.nodepass.runtime.control.Message;
import dev.nodepass.runtime.control.MessageCodec;
import dev.nodepass.runtime.control.SignalCodec;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.FirstLine;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.observe.Refusal;
import dev.nodepass.runtime.serve.Services;
import io.netty.buffer.Unpooled;
import io.netty.channel.socket.DuplexChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jboss.logging.Logger;

/**
 * The data connections of a session whose service is on this side: each waits for its launch.
 * Thread-safe; a connection is handled on its own loop.
 */
public final class ServingSide implements DataSide {
  private static final Logger LOG = Logger.getLogger(ServingSide.class);

  /** Longer than the listening side keeps one idle. */
  private static final Duration LONGEST_IDLE = Duration.ofMinutes(15);

  private final TunnelContext context;
  private final String name;
  private final Services services;
  private final Events events;
  private final Set<DuplexChannel> idle = ConcurrentHashMap.newKeySet();
  private final Set<DuplexChannel> busy = ConcurrentHashMap.newKeySet();
  private final LongAdder total = new LongAdder();
  private volatile boolean closed;

  /**
   * @param name of the session, for logs
   */
  public ServingSide(TunnelContext context, String name, Services services, Events events) {
    this.context = context;
    this.name = name;
    this.services = services;
    this.events = events;
  }

  /** What its session wants to know. Called on various loops. */
  public interface Events {
    /** Nothing. */
    Events NONE =
        new Events() {
          @Override
          public void launched() {}

          @Override
          public void lost(long lived) {}
        };

    /** One was launched for a user. */
    void launched();

    /** One was lost that had been idle for so long, in nanoseconds. */
    void lost(long lived);
  }

  @Override
  public void adopt(Loop on, DuplexChannel channel, boolean framed, long number, Early before) {
    if (closed || idle.size() >= Math.max(4096, 2 * context.settings().maxPool())) {
      before.release();
      channel.close();
      return;
    }
    context.metrics().dataConnections().increment();
    channel.closeFuture().addListener(gone -> busy.remove(channel));
    await(on, channel, framed, before, context.now());
    if (closed) {
      closeIdle();
    }
  }

  /** Waits for the next launch after a user. On the connection's loop. */
  void awaitNext(Loop on, DuplexChannel channel, boolean framed, Early before) {
    // It has been of use: that it ends now is no sign that dialling another is not.
    await(on, channel, framed, before, context.now() - LONGEST_IDLE.toNanos());
  }

  private void await(Loop on, DuplexChannel channel, boolean framed, Early before, long since) {
    idle.add(channel);
    if (closed) {
      // A user outlived the session, and was the last on this connection.
      idle.remove(channel);
      before.release();
      channel.close();
      return;
    }
    FirstLine.read(
        on,
        channel,
        before,
        SignalCodec.LONGEST_LINE,
        LONGEST_IDLE,
        new FirstLine.Reader() {
          @Override
          public void line(String line, Early rest) {
            idle.remove(channel);
            launch(on, channel, framed, line, rest, since);
          }

          @Override
          public void failed(FirstLine.Failure failure) {
            idle.remove(channel);
            if (failure == FirstLine.Failure.TOO_LONG) {
              garbage("a launch that is too long");
            }
            events.lost(context.now() - since);
          }
        });
  }

  private void launch(
      Loop on, DuplexChannel channel, boolean framed, String line, Early rest, long since) {
    switch (MessageCodec.decode(line)) {
      case MessageCodec.Decoded.Known(Message.Tcp tcp) -> {
        ServedStream stream = new ServedStream(this, on, channel, framed, tcp, rest);
        LOG.debugf("Launch signal <- : %s <- %s", tcp.id(), tcp.from().orElse("a user"));
        events.launched();
        services.launch(stream);
      }
      case MessageCodec.Decoded.Known(Message.Udp udp) -> {
        write(channel, new Message.Ok());
        events.launched();
        services.launchLane(on, channel, rest);
      }
      default -> {
        rest.release();
        channel.close();
        garbage("something that is no launch");
        events.lost(context.now() - since);
      }
    }
  }

  private void garbage(String what) {
    context
        .refusals()
        .add(
            Refusal.DATA_GARBAGE,
            "a data connection of %s was closed: it brought %s".formatted(name, what));
  }

  static void write(DuplexChannel channel, Message message) {
    channel.writeAndFlush(
        Unpooled.copiedBuffer(MessageCodec.encode(message), StandardCharsets.US_ASCII),
        channel.voidPromise());
  }

  void userStarted(DuplexChannel channel) {
    busy.add(channel);
    total.increment();
  }

  void userEnded(DuplexChannel channel) {
    busy.remove(channel);
  }

  @Override
  public int idle() {
    return idle.size();
  }

  @Override
  public int running() {
    return busy.size();
  }

  @Override
  public long total() {
    return total.sum();
  }

  /** This side launches nothing, so there is nothing to wait for. */
  @Override
  public void drain(Runnable launchesOver) {
    launchesOver.run();
  }

  @Override
  public void close() {
    closed = true;
    closeIdle();
  }

  private void closeIdle() {
    idle.forEach(DuplexChannel::close);
  }
}
