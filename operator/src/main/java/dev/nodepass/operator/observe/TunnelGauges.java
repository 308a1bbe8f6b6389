package dev.nodepass.operator.observe;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.Role;
import dev.nodepass.operator.status.ConditionType;
import io.javaoperatorsdk.operator.api.reconciler.IndexedResourceCache;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Vertx;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The metric {@code nodepass_tunnel_ready}: 1 for a tunnel through which traffic can pass. It
 * follows the cache of tunnels, so that it ends with its tunnel. Updated on an event loop.
 */
@Singleton
public class TunnelGauges {
  private static final long PERIOD_MS = TimeUnit.SECONDS.toMillis(5);

  private final Vertx vertx;
  private final MultiGauge ready;
  private final AtomicBoolean shown = new AtomicBoolean();

  public TunnelGauges(Vertx vertx, MeterRegistry registry) {
    this.vertx = vertx;
    this.ready =
        MultiGauge.builder("nodepass.tunnel.ready")
            .description("1 when traffic can pass through the tunnel, else 0")
            .register(registry);
  }

  /** Shows the tunnels of a cache from now on. Only the operator that leads may: else all do. */
  public void show(IndexedResourceCache<NodePassTunnel> tunnels) {
    if (shown.compareAndSet(false, true)) {
      refresh(tunnels);
      vertx.setPeriodic(PERIOD_MS, timer -> refresh(tunnels));
    }
  }

  private void refresh(IndexedResourceCache<NodePassTunnel> tunnels) {
    List<MultiGauge.Row<?>> rows =
        tunnels.list().<MultiGauge.Row<?>>map(TunnelGauges::row).toList();
    ready.register(rows, true);
  }

  private static MultiGauge.Row<Number> row(NodePassTunnel tunnel) {
    return MultiGauge.Row.of(
        Tags.of(
            "namespace", tunnel.getMetadata().getNamespace(),
            "name", tunnel.getMetadata().getName(),
            "role", tunnel.getSpec().role() == Role.SERVER ? "Server" : "Client"),
        isReady(tunnel) ? 1 : 0);
  }

  private static boolean isReady(NodePassTunnel tunnel) {
    return tunnel.getStatus() != null
        && tunnel.getStatus().conditions().stream()
            .anyMatch(
                c -> c.type().equals(ConditionType.READY.word()) && c.status().equals("True"));
  }
}
