package dev.nodepass.runtime.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.config.Role;
import dev.nodepass.runtime.observe.TunnelMetrics.UserOutcome;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TunnelMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Refusals refusals = new Refusals(() -> Instant.EPOCH);
  private final TunnelMetrics metrics = new TunnelMetrics(registry, refusals);
  private TunnelStatus status = status(1, 2, 3, 4, 5);

  private static TunnelStatus status(
      int running, int waiting, int idle, int wanted, int eligible, Duration... roundTrips) {
    List<TunnelStatus.Session> sessions =
        Stream.of(roundTrips)
            .map(
                trip ->
                    new TunnelStatus.Session(
                        "client", "10.0.0.1:1", 1, Instant.EPOCH, 2495, 0, 0, 0, trip))
            .toList();
    return new TunnelStatus(
        "connected", "", true, List.of(), running, 9, waiting, idle, wanted, eligible, sessions);
  }

  private double counted(String name, String... tags) {
    return registry.get(name).tags(tags).functionCounter().count();
  }

  private double gauged(String name) {
    return registry.get(name).gauge().value();
  }

  private static Stream<Arguments> adders() {
    return Stream.of(
        adder("nodepass.bytes", "direction", "up"),
        adder("nodepass.bytes", "direction", "down"),
        adder("nodepass.udp.datagrams", "direction", "up"),
        adder("nodepass.udp.datagrams", "direction", "down"),
        adder("nodepass.pool.takes"),
        adder("nodepass.pool.misses"),
        adder("nodepass.sessions"),
        adder("nodepass.heartbeats"),
        adder("nodepass.data.connections"),
        adder("nodepass.data.dial.failures"));
  }

  private static Arguments adder(String name, String... tags) {
    return Arguments.of(name, tags);
  }

  private LongAdder adderOf(String name, String... tags) {
    boolean up = List.of(tags).contains("up");
    return switch (name) {
      case "nodepass.bytes" -> up ? metrics.bytesUp() : metrics.bytesDown();
      case "nodepass.udp.datagrams" -> up ? metrics.datagramsUp() : metrics.datagramsDown();
      case "nodepass.pool.takes" -> metrics.takes();
      case "nodepass.pool.misses" -> metrics.misses();
      case "nodepass.sessions" -> metrics.sessions();
      case "nodepass.heartbeats" -> metrics.heartbeats();
      case "nodepass.data.connections" -> metrics.dataConnections();
      case "nodepass.data.dial.failures" -> metrics.dialFailures();
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @MethodSource("adders")
  void aCounterIsLive(String name, String[] tags) {
    assertEquals(0, counted(name, tags));

    adderOf(name, tags).add(7);
    assertEquals(7, counted(name, tags));
    adderOf(name, tags).increment();
    assertEquals(8, counted(name, tags));
  }

  @Test
  void directionsAreCountedApart() {
    metrics.bytesUp().add(1);
    metrics.bytesDown().add(2);

    assertEquals(1, counted("nodepass.bytes", "direction", "up"));
    assertEquals(2, counted("nodepass.bytes", "direction", "down"));
  }

  @ParameterizedTest
  @EnumSource
  void theEndOfAUserIsCountedByOutcome(UserOutcome outcome) {
    metrics.userEnded(outcome);
    metrics.userEnded(outcome);

    assertEquals(2, counted("nodepass.users", "outcome", outcome.label()));
    assertEquals(
        2,
        registry.get("nodepass.users").functionCounters().stream()
            .mapToDouble(c -> c.count())
            .sum());
  }

  @ParameterizedTest
  @EnumSource
  void aDroppedDatagramIsCountedByReason(DatagramDrop reason) {
    metrics.dropped(reason);

    assertEquals(1, counted("nodepass.udp.dropped", "reason", reason.label()));
    assertEquals(
        1,
        registry.get("nodepass.udp.dropped").functionCounters().stream()
            .mapToDouble(c -> c.count())
            .sum());
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalIsCountedByReasonFromTheRefusals(Refusal reason) {
    metrics.refusals().count(reason).increment();

    assertEquals(1, counted("nodepass.refused", "reason", reason.label()));
  }

  @Test
  void waitsAreTimed() {
    metrics.waits().record(250, TimeUnit.MILLISECONDS);

    assertEquals(1, registry.get("nodepass.pool.wait").timer().count());
    assertEquals(250, registry.get("nodepass.pool.wait").timer().totalTime(TimeUnit.MILLISECONDS));
  }

  @Test
  void gaugesAreReadFromTheStatusEachTime() {
    metrics.gauges(Role.CLIENT, "epoll", () -> status);
    assertEquals(1, gauged("nodepass.users.running"));

    status =
        status(10, 20, 30, 40, 50, Duration.ofMillis(5), Duration.ofMillis(250), Duration.ZERO);

    assertEquals(10, gauged("nodepass.users.running"));
    assertEquals(20, gauged("nodepass.users.waiting"));
    assertEquals(30, gauged("nodepass.pool.idle"));
    assertEquals(40, gauged("nodepass.pool.wanted"));
    assertEquals(50, gauged("nodepass.sessions.eligible"));
    assertEquals(3, gauged("nodepass.sessions.open"));
    assertEquals(0.25, gauged("nodepass.control.round.trip.seconds"));
  }

  @Test
  void anUnknownRoundTripIsNotANumber() {
    metrics.gauges(Role.SERVER, "nio", () -> status);
    assertTrue(Double.isNaN(gauged("nodepass.control.round.trip.seconds")));

    status = status(0, 0, 0, 0, 0, Duration.ZERO);
    assertTrue(Double.isNaN(gauged("nodepass.control.round.trip.seconds")));
  }

  @Test
  void onlyAClientSaysHowManyItWants() {
    metrics.gauges(Role.SERVER, "nio", () -> status);

    assertNull(registry.find("nodepass.pool.wanted").gauge());
  }

  @ParameterizedTest
  @EnumSource
  void theTransportIsALabel(Role role) {
    metrics.gauges(role, "epoll", () -> status);

    assertEquals(
        1,
        registry
            .get("nodepass.transport.info")
            .tags("transport", "epoll", "role", role.scheme())
            .gauge()
            .value());
  }
}
