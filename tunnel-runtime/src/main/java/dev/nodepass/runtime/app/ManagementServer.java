package dev.nodepass.runtime.app;

import dev.nodepass.runtime.config.HostPort;
import dev.nodepass.runtime.config.ManagementAddress;
import dev.nodepass.runtime.lifecycle.Failures;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Addresses;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Serves Quarkus's routes (health, metrics) and the status page. Quarkus's own listener is off,
 * because it cannot take another port when the first is in use.
 */
final class ManagementServer {
  private static final Logger LOG = Logger.getLogger(ManagementServer.class);

  private final Vertx vertx;
  private final Router router;
  private volatile @Nullable HttpServer server;

  ManagementServer(Vertx vertx, Router router) {
    this.vertx = vertx;
    this.router = router;
  }

  /**
   * Listens, or does nothing when it is off. Fails for good when the address asked for is taken.
   */
  Future<Void> start(ManagementAddress wanted) {
    HostPort address = wanted.address();
    if (address == null) {
      return Future.succeededFuture();
    }
    return listen(address)
        .recover(
            taken ->
                wanted.fallback() && Failures.isInUse(taken)
                    ? listen(address.withPort(0))
                    : Future.failedFuture(taken))
        .recover(
            cause ->
                Future.failedFuture(
                    TunnelFailure.forGood(
                        Failures.bind("management address (option http)", address, cause)
                                .getMessage()
                            + "; ?http=off turns it off")))
        .onSuccess(
            server ->
                LOG.infof(
                    "health, metrics and status: http://%s/status",
                    new HostPort(
                        address.isWildcard() ? "localhost" : address.host(), server.actualPort())))
        .mapEmpty();
  }

  private Future<HttpServer> listen(HostPort address) {
    // A few short answers: nothing here may cost the data path much.
    HttpServerOptions options =
        new HttpServerOptions().setIdleTimeout(60).setMaxInitialLineLength(2048);
    return vertx
        .createHttpServer(options)
        .requestHandler(router)
        .listen(address.port(), Addresses.bindHost(address))
        .onSuccess(listening -> server = listening);
  }

  /** Answers nobody any more: what would be asked is about to go. Callable from every thread. */
  Future<Void> close() {
    HttpServer listening = server;
    return listening == null ? Future.succeededFuture() : listening.close();
  }
}
