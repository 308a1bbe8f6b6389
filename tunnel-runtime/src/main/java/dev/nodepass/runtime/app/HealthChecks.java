package dev.nodepass.runtime.app;

import dev.nodepass.runtime.lifecycle.Runner;
import dev.nodepass.runtime.observe.LoopWatch;
import dev.nodepass.runtime.observe.TunnelStatus;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;
import org.eclipse.microprofile.health.Startup;

/**
 * The three probes. Live: the event loops turn. Ready: a user who comes now reaches the client
 * (server), or the session is up (client). Started: the tunnel has been up once.
 */
@ApplicationScoped
public class HealthChecks {
  private final RunningTunnel tunnel;

  HealthChecks(RunningTunnel tunnel) {
    this.tunnel = tunnel;
  }

  @Produces
  @Liveness
  @ApplicationScoped
  HealthCheck live() {
    return () -> {
      HealthCheckResponseBuilder response = HealthCheckResponse.named("event loops");
      LoopWatch loops = tunnel.get().map(RunningTunnel.Parts::loops).orElse(null);
      if (loops == null) {
        return response.up().build();
      }
      int stuck = loops.stuck();
      return response
          .withData("loops", loops.size())
          .withData("stuck", stuck)
          .status(stuck == 0)
          .build();
    };
  }

  @Produces
  @Readiness
  @ApplicationScoped
  HealthCheck ready() {
    return () -> {
      HealthCheckResponseBuilder response = HealthCheckResponse.named("tunnel");
      RunningTunnel.Parts parts = tunnel.get().orElse(null);
      if (parts == null) {
        return response.down().withData("reason", "starting").build();
      }
      TunnelStatus status = parts.tunnel().status();
      boolean draining = parts.runner().isDraining();
      boolean ready = status.ready() && !draining;
      response.withData("state", draining ? "draining" : status.state());
      response.withData("sessions", status.sessions().size());
      if (!ready) {
        response.withData("reason", draining ? "the tunnel is shutting down" : status.detail());
      }
      return response.status(ready).build();
    };
  }

  @Produces
  @Startup
  @ApplicationScoped
  HealthCheck started() {
    return () ->
        HealthCheckResponse.named("started")
            .status(
                tunnel.get().map(RunningTunnel.Parts::runner).map(Runner::hasBeenUp).orElse(false))
            .build();
  }
}
