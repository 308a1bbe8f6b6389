package dev.nodepass.runtime.serve;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.net.Channels;
import dev.nodepass.runtime.net.DatagramPort;
import dev.nodepass.runtime.net.Defects;
import dev.nodepass.runtime.net.Early;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.Names;
import dev.nodepass.runtime.observe.DatagramDrop;
import dev.nodepass.runtime.relay.frame.FrameDecoder;
import dev.nodepass.runtime.relay.frame.Frames;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The serving side of a lane: a UDP socket for each flow, so that the service sees one source port
 * for each user and may answer at any time. On the connection's loop. Source: docs/protocol.md,
 * "UDP".
 */
final class ServedLane extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = Logger.getLogger(ServedLane.class);

  /** Datagrams kept for a flow whose socket is not open yet. */
  private static final int MOST_EARLY = 64;

  private final TunnelContext context;
  private final Loop loop;
  private final DuplexChannel channel;
  private final Places places;
  private final Runnable onLeft;
  private final FrameDecoder decoder = new FrameDecoder(new Sink());
  private final Map<Integer, Flow> flows = new HashMap<>();
  private Loop.Timer sweeps = Loop.Timer.NONE;
  private boolean over;

  /** How many flows there are, for every thread. */
  private volatile int count;

  ServedLane(
      TunnelContext context, Loop loop, DuplexChannel channel, Places places, Runnable onLeft) {
    this.context = context;
    this.loop = loop;
    this.channel = channel;
    this.places = places;
    this.onLeft = onLeft;
  }

  /**
   * Becomes the stage of its connection.
   *
   * @param before what was read already, taken over
   */
  void begin(Early before) {
    Channels.stage(channel, this);
    sweepFor(context.settings().protocol2().udpSession());
    before.bytes().forEach(this::read);
    if (before.inputEnded() || !channel.isActive()) {
      end();
    } else {
      channel.config().setAutoRead(true);
    }
  }

  /** Ends all flows; how many they were. From every thread. */
  int cut() {
    int cut = count;
    channel.close();
    return cut;
  }

  private void end() {
    if (!over) {
      over = true;
      sweeps.cancel();
      decoder.stop();
      channel.close();
      List.copyOf(flows.values()).forEach(Flow::close);
    }
  }

  /** Ends flows from now on that are silent for so long. */
  private void sweepFor(Duration silence) {
    sweeps.cancel();
    sweeps = loop.every(silence.dividedBy(4).plusMillis(1), () -> sweep(silence.toNanos()));
  }

  /** Lets flows end sooner that nobody uses. From every thread. */
  void drain() {
    loop.run(
        () -> {
          if (!over) {
            sweepFor(context.settings().udpWhileDraining());
          }
        });
  }

  private void sweep(long longest) {
    long now = context.now();
    for (Flow flow : List.copyOf(flows.values())) {
      if (now - flow.used > longest) {
        flow.close();
        channel.writeAndFlush(Frames.flowEnd(channel.alloc(), flow.id), channel.voidPromise());
      }
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    read((ByteBuf) message);
  }

  private void read(ByteBuf bytes) {
    decoder.read(bytes);
    bytes.release();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    channel.flush();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (Channels.isInputEnd(event)) {
      end();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Defects.note(cause);
    end();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end();
  }

  private void drop(DatagramDrop reason, String user) {
    context.metrics().dropped(reason);
    LOG.debugf("datagram of %s dropped: %s", user, reason.label());
  }

  private final class Sink implements FrameDecoder.Sink {
    @Override
    public void flow(int id, String user) {
      if (flows.containsKey(id)) {
        end();
      } else if (places.tryEnter()) {
        Flow flow = new Flow(id, user);
        flows.put(id, flow);
        count = flows.size();
        flow.open();
      } else {
        drop(DatagramDrop.NO_FLOW, user);
        channel.write(Frames.flowEnd(channel.alloc(), id), channel.voidPromise());
      }
    }

    @Override
    public void datagram(int id, byte[] payload) {
      Flow flow = flows.get(id);
      if (flow == null) {
        drop(DatagramDrop.NO_FLOW, "flow " + id);
      } else {
        flow.send(payload);
      }
    }

    @Override
    public void flowEnd(int id) {
      Flow flow = flows.get(id);
      if (flow != null) {
        flow.close();
      }
    }

    @Override
    public void data(ByteBuf piece) {
      piece.release();
      end();
    }

    @Override
    public void fin() {
      end();
    }

    @Override
    public void reset() {
      end();
    }

    @Override
    public void malformed(String what) {
      end();
    }
  }

  /** One user's datagrams at the service. */
  private final class Flow {
    private final int id;
    private final String user;
    private final Queue<byte[]> early = new ArrayDeque<>();
    private long used = context.now();
    private boolean closed;
    private @Nullable DatagramPort port;
    private @Nullable InetSocketAddress service;

    Flow(int id, String user) {
      this.id = id;
      this.user = user;
    }

    void open() {
      HostPort target = context.settings().target();
      Names.resolve(context.loops(), target.hostToDial())
          .compose(addresses -> bind(addresses.getFirst(), target.port()))
          .onComplete(
              bound ->
                  loop.run(
                      () -> {
                        if (bound.succeeded()) {
                          opened(bound.result());
                        } else {
                          early.forEach(lost -> drop(DatagramDrop.UNREACHABLE, user));
                          early.clear();
                          close();
                          channel.writeAndFlush(
                              Frames.flowEnd(channel.alloc(), id), channel.voidPromise());
                        }
                      }));
    }

    private Future<DatagramPort> bind(InetAddress address, int servicePort) {
      service = new InetSocketAddress(address, servicePort);
      return DatagramPort.talk(context.loops(), loop, address, this::answered);
    }

    private void opened(DatagramPort bound) {
      if (closed) {
        bound.close();
        return;
      }
      port = bound;
      early.forEach(this::send);
      early.clear();
    }

    void send(byte[] payload) {
      used = context.now();
      DatagramPort bound = port;
      InetSocketAddress to = service;
      if (bound == null || to == null) {
        if (early.size() < MOST_EARLY) {
          early.add(payload);
        } else {
          drop(DatagramDrop.NO_FLOW, user);
        }
        return;
      }
      bound
          .send(Unpooled.wrappedBuffer(payload), to)
          .onSuccess(
              sent -> {
                context.metrics().datagramsUp().increment();
                context.metrics().bytesUp().add(payload.length);
              })
          .onFailure(cause -> drop(DatagramDrop.UNREACHABLE, user));
    }

    private void answered(byte[] payload, InetSocketAddress from) {
      if (closed || !from.equals(service)) {
        return;
      }
      used = context.now();
      if (!channel.isWritable()) {
        drop(DatagramDrop.LANE_FULL, user);
        return;
      }
      context.metrics().datagramsDown().increment();
      context.metrics().bytesDown().add(payload.length);
      channel.writeAndFlush(Frames.datagram(channel.alloc(), id, payload), channel.voidPromise());
    }

    void close() {
      if (closed) {
        return;
      }
      closed = true;
      flows.remove(id);
      count = flows.size();
      DatagramPort bound = port;
      if (bound != null) {
        bound.close();
      }
      onLeft.run();
    }
  }
}
