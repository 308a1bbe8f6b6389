package dev.nodepass.runtime.observe;

import dev.nodepass.runtime.config.Role;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToDoubleFunction;

/**
 * Every metric of the runtime. Counters are adders that hot paths touch; the registry reads them
 * when it is asked, so they are live. Names as scraped: docs/metrics.md. Thread-safe.
 */
public final class TunnelMetrics {
  private final MeterRegistry registry;
  private final Refusals refusals;
  private final Map<UserOutcome, LongAdder> users = new EnumMap<>(UserOutcome.class);
  private final Map<DatagramDrop, LongAdder> drops = new EnumMap<>(DatagramDrop.class);
  private final LongAdder bytesUp;
  private final LongAdder bytesDown;
  private final LongAdder datagramsUp;
  private final LongAdder datagramsDown;
  private final LongAdder takes;
  private final LongAdder misses;
  private final LongAdder sessions;
  private final LongAdder heartbeats;
  private final LongAdder dataConnections;
  private final LongAdder dialFailures;
  private final Timer waits;

  public TunnelMetrics(MeterRegistry registry, Refusals refusals) {
    this.registry = registry;
    this.refusals = refusals;
    bytesUp = counter("nodepass.bytes", "Payload carried", "direction", "up");
    bytesDown = counter("nodepass.bytes", "Payload carried", "direction", "down");
    datagramsUp = counter("nodepass.udp.datagrams", "Datagrams carried", "direction", "up");
    datagramsDown = counter("nodepass.udp.datagrams", "Datagrams carried", "direction", "down");
    takes = counter("nodepass.pool.takes", "Data connections taken for users");
    misses =
        counter(
            "nodepass.pool.misses", "Users who had to wait: no idle data connection, or no place");
    sessions = counter("nodepass.sessions", "Control sessions begun");
    heartbeats = counter("nodepass.heartbeats", "Heartbeats sent by a server, heard by a client");
    dataConnections = counter("nodepass.data.connections", "Data connections that became idle");
    dialFailures =
        counter("nodepass.data.dial.failures", "Data connections that could not be opened");
    waits =
        Timer.builder("nodepass.pool.wait")
            .description("How long users waited for a data connection")
            .publishPercentileHistogram(false)
            .register(registry);
    for (UserOutcome outcome : UserOutcome.values()) {
      users.put(
          outcome,
          counter("nodepass.users", "Users' connections that ended", "outcome", outcome.label()));
    }
    for (DatagramDrop drop : DatagramDrop.values()) {
      drops.put(drop, counter("nodepass.udp.dropped", "Datagrams dropped", "reason", drop.label()));
    }
    for (Refusal reason : Refusal.values()) {
      FunctionCounter.builder("nodepass.refused", refusals.count(reason), LongAdder::sum)
          .description("What was turned away")
          .tag("reason", reason.label())
          .register(registry);
    }
  }

  /** How a user's TCP connection ended. */
  public enum UserOutcome {
    /** Both directions ended in order. */
    COMPLETE,
    /** The user's side broke. */
    USER_RESET,
    /** The service's side broke. */
    SERVICE_RESET,
    /** The service could not be reached. */
    SERVICE_UNREACHABLE,
    /** Cut when the time to drain was over. */
    CUT;

    /** The value of the label. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private LongAdder counter(String name, String description, String... tags) {
    LongAdder adder = new LongAdder();
    FunctionCounter.builder(name, adder, LongAdder::sum)
        .description(description)
        .tags(tags)
        .register(registry);
    return adder;
  }

  /** What is read from the tunnel itself each time somebody asks. */
  public void gauges(Role role, String transport, StatusSource source) {
    gauge("nodepass.users.running", "Users' connections now", source, s -> s.status().running());
    gauge("nodepass.users.waiting", "Users who wait", source, s -> s.status().waiting());
    gauge("nodepass.pool.idle", "Idle data connections", source, s -> s.status().idle());
    gauge(
        "nodepass.sessions.eligible",
        "Sessions that can take a user",
        source,
        s -> s.status().eligible());
    gauge(
        "nodepass.sessions.open",
        "Control sessions now",
        source,
        s -> s.status().sessions().size());
    if (role == Role.CLIENT) {
      gauge(
          "nodepass.pool.wanted", "Idle data connections wanted", source, s -> s.status().wanted());
    }
    gauge(
        "nodepass.control.round.trip.seconds",
        "Smoothed round trip of the slowest control connection, as the kernel has it; NaN if unknown",
        source,
        s -> s.status().roundTripSeconds());
    Gauge.builder("nodepass.transport.info", () -> 1)
        .description("How sockets are driven")
        .tags(Tags.of("transport", transport, "role", role.scheme()))
        .register(registry);
  }

  private void gauge(
      String name, String description, StatusSource source, ToDoubleFunction<StatusSource> value) {
    Gauge.builder(name, source, value)
        .description(description)
        .strongReference(true)
        .register(registry);
  }

  /** Bytes from users towards services. */
  public LongAdder bytesUp() {
    return bytesUp;
  }

  /** Bytes from services towards users. */
  public LongAdder bytesDown() {
    return bytesDown;
  }

  /** Datagrams from users towards services. */
  public LongAdder datagramsUp() {
    return datagramsUp;
  }

  /** Datagrams from services towards users. */
  public LongAdder datagramsDown() {
    return datagramsDown;
  }

  /** Data connections taken for users. */
  public LongAdder takes() {
    return takes;
  }

  /** Users who had to wait. */
  public LongAdder misses() {
    return misses;
  }

  /** Control sessions begun. */
  public LongAdder sessions() {
    return sessions;
  }

  /** Heartbeats sent or heard. */
  public LongAdder heartbeats() {
    return heartbeats;
  }

  /** Data connections that became idle. */
  public LongAdder dataConnections() {
    return dataConnections;
  }

  /** Data connections that could not be opened. */
  public LongAdder dialFailures() {
    return dialFailures;
  }

  /** How long users waited. */
  public Timer waits() {
    return waits;
  }

  /** What was turned away. */
  public Refusals refusals() {
    return refusals;
  }

  /** Counts the end of a user's connection. */
  public void userEnded(UserOutcome outcome) {
    LongAdder counter = users.get(outcome);
    if (counter != null) {
      counter.increment();
    }
  }

  /** Counts a datagram that was not carried. */
  public void dropped(DatagramDrop reason) {
    LongAdder counter = drops.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }
}
