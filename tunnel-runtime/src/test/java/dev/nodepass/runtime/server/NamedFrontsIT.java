package dev.nodepass.runtime.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.PortRange;
import dev.nodepass.runtime.lifecycle.TestContext;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.listen.Front;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.TestLoops;
import dev.nodepass.runtime.net.Transport;
import dev.nodepass.runtime.relay.tcp.Pace;
import dev.nodepass.runtime.relay.tcp.Relay;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which port is whose; the ports themselves are drawn, so that none is in use. */
class NamedFrontsIT {
  private static final PortRange TEN = new PortRange(20_000, 20_009);

  private final TestLoops net = new TestLoops(Transport.NIO, 1);
  private final Loop loop = net.loops().all().getFirst();
  private final TunnelContext context =
      TestContext.of(net.loops(), "server://127.0.0.1:1/127.0.0.1:2", Map.of());
  private final List<Front> made = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();

  private NamedFronts fronts(PortRange range) {
    return new NamedFronts(range, new HostPort("127.0.0.1", 8080), this::front);
  }

  private Front front(HostPort address) {
    assertEquals("127.0.0.1", address.host());
    ports.add(address.port());
    Relay.Traffic traffic =
        new Relay.Traffic(new LongAdder(), new LongAdder(), Pace.UNLIMITED, Pace.UNLIMITED);
    Front front = new Front(context, address.withPort(0), loop, traffic);
    made.add(front);
    return front;
  }

  private Optional<Front> of(NamedFronts fronts, String name) throws Exception {
    return TestLoops.onLoop(loop, () -> fronts.of(name));
  }

  @AfterEach
  void close() throws Exception {
    net.settle();
    TestLoops.<Boolean>onLoop(
        loop,
        () -> {
          made.forEach(Front::close);
          return true;
        });
    net.close();
  }

  @Test
  void aNameHasOnePortOfTheRange() throws Exception {
    NamedFronts fronts = fronts(TEN);
    Front first = of(fronts, "alice").orElseThrow();

    assertSame(first, of(fronts, "alice").orElseThrow());
    assertEquals(1, ports.size());
    assertTrue(ports.getFirst() >= 20_000 && ports.getFirst() <= 20_009, ports::toString);
    assertEquals(Map.of("alice", first), fronts.all());
  }

  @Test
  void itIsTheSameAfterARestartWhoeverComesFirst() throws Exception {
    of(fronts(TEN), "alice");
    of(fronts(TEN), "alice");

    assertEquals(ports.get(0), ports.get(1));
  }

  @Test
  void eachNameHasAnotherPortUntilNoneIsLeft() throws Exception {
    NamedFronts fronts = fronts(TEN);
    for (int i = 0; i < 10; i++) {
      assertTrue(of(fronts, "name-" + i).isPresent());
    }

    assertEquals(10, new HashSet<>(ports).size());
    assertEquals(Optional.empty(), of(fronts, "one-more"));
    assertTrue(of(fronts, "name-3").isPresent());
    assertEquals(10, fronts.fronts().size());
  }

  @Test
  void namesThatAreKnownBeforehandHaveTheirPortsInTheirOrder() throws Exception {
    NamedFronts fronts = fronts(new PortRange(20_000, 20_002));
    TestLoops.<Boolean>onLoop(
        loop,
        () -> {
          fronts.prepare(List.of("c", "a", "b", "a"));
          return true;
        });

    assertEquals(Set.of("a", "b", "c"), fronts.all().keySet());
    assertEquals(3, ports.size());
    assertEquals(Math.floorMod("a".hashCode(), 3) + 20_000, ports.getFirst());
  }

  @Test
  void whoHasNoNameHasNoPort() throws Exception {
    assertEquals(Optional.empty(), of(fronts(TEN), ""));
  }

  @Test
  void withoutARangeThereAreNoSuchPorts() throws Exception {
    assertEquals(Optional.empty(), of(fronts(PortRange.DRAWN), "alice"));
    assertEquals(List.of(), ports);
  }

  @Test
  void onceClosedItOpensNoMore() throws Exception {
    NamedFronts fronts = fronts(TEN);
    of(fronts, "alice");
    fronts.close();

    assertEquals(Optional.empty(), of(fronts, "bob"));
    assertEquals(1, fronts.fronts().size());
  }
}
