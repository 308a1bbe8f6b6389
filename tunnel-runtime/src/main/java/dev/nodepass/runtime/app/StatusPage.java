package dev.nodepass.runtime.app;

import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelStatus;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** {@code /status}: how the tunnel is, as JSON. Fields: docs/status.md. Shows no secret. */
@ApplicationScoped
public class StatusPage {
  private final RunningTunnel tunnel;

  StatusPage(RunningTunnel tunnel) {
    this.tunnel = tunnel;
  }

  void register(@Observes Router router) {
    router.get("/status").handler(this::answer);
  }

  private void answer(RoutingContext request) {
    RunningTunnel.Parts parts = tunnel.get().orElse(null);
    if (parts == null) {
      request.response().setStatusCode(503).end();
      return;
    }
    request
        .response()
        .putHeader("content-type", "application/json")
        .putHeader("cache-control", "no-store")
        .end(json(parts).encodePrettily() + "\n");
  }

  private static JsonObject json(RunningTunnel.Parts parts) {
    TunnelStatus status = parts.tunnel().status();
    JsonObject addresses = new JsonObject();
    status.addresses().forEach(a -> addresses.put(a.name(), a.address()));
    JsonArray sessions = new JsonArray();
    status.sessions().forEach(s -> sessions.add(session(s)));
    JsonArray refusals = new JsonArray();
    parts.refusals().last().forEach(r -> refusals.add(refusal(r)));
    boolean draining = parts.runner().isDraining();
    return new JsonObject()
        .put("role", parts.settings().role().scheme())
        .put("state", draining ? "draining" : status.state())
        .put("ready", status.ready() && !draining)
        .put("detail", status.detail())
        .put("transport", parts.transport())
        .put("addresses", addresses)
        .put(
            "users",
            new JsonObject()
                .put("running", status.running())
                .put("waiting", status.waiting())
                .put("total", status.total()))
        .put(
            "pool",
            new JsonObject()
                .put("idle", status.idle())
                .put("wanted", status.wanted())
                .put("min", parts.settings().minPool())
                .put("max", parts.settings().maxPool()))
        .put("sessions", sessions)
        .put("refusals", refusals);
  }

  private static JsonObject session(TunnelStatus.Session session) {
    JsonObject json =
        new JsonObject()
            .put("name", session.name())
            .put("address", session.address())
            .put("protocol", session.protocol())
            .put("since", session.since().toString())
            .put("ageSeconds", Duration.between(session.since(), Instant.now()).toSeconds())
            .put("dataPort", session.dataPort())
            .put("idle", session.idle())
            .put("running", session.running())
            .put("total", session.total());
    if (session.roundTrip().isPositive()) {
      json.put("roundTripMicros", session.roundTrip().toNanos() / 1000);
    }
    return json;
  }

  private static JsonObject refusal(Refusals.Last last) {
    return new JsonObject()
        .put("reason", last.reason().name().toLowerCase(Locale.ROOT))
        .put("text", last.text())
        .put("at", last.at().toString());
  }
}
