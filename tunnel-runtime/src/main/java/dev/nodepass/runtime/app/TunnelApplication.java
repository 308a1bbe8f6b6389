package dev.nodepass.runtime.app;

import dev.nodepass.runtime.client.TunnelClient;
import dev.nodepass.runtime.config.Role;
import dev.nodepass.runtime.config.Setting;
import dev.nodepass.runtime.config.Settings;
import dev.nodepass.runtime.config.SettingsParser;
import dev.nodepass.runtime.lifecycle.Runner;
import dev.nodepass.runtime.lifecycle.Tunnel;
import dev.nodepass.runtime.lifecycle.TunnelContext;
import dev.nodepass.runtime.lifecycle.TunnelFailure;
import dev.nodepass.runtime.net.Loop;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.observe.LoopWatch;
import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelMetrics;
import dev.nodepass.runtime.server.TunnelServer;
import dev.nodepass.runtime.tls.TlsContexts;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.QuarkusApplication;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;
import org.jboss.logging.Logger;

/** One tunnel under Quarkus, from start to exit code. */
public class TunnelApplication implements QuarkusApplication {
  private static final Logger LOG = Logger.getLogger(TunnelApplication.class);

  private final Vertx vertx;
  private final MeterRegistry registry;
  private final Router router;
  private final RunningTunnel running;

  TunnelApplication(Vertx vertx, MeterRegistry registry, Router router, RunningTunnel running) {
    this.vertx = vertx;
    this.registry = registry;
    this.router = router;
    this.running = running;
  }

  /**
   * Runs until the tunnel has stopped.
   *
   * @param args the tunnel's URL, checked by the command line before
   * @return 0 after a signal, 1 when something has to be corrected, 2 after a defect
   */
  @Override
  public int run(String... args) throws Exception {
    SettingsParser.Parsed parsed = SettingsParser.parse(args[0], System.getenv());
    parsed.warnings().forEach(LOG::warn);
    Settings settings = parsed.settings();
    logSettings(settings);
    Loops loops = new Loops(vertx);
    LOG.infof(
        "transport: %s, %d event loops; TLS: %s",
        loops.transport(), loops.size(), TlsContexts.engine());
    Loop loop = loops.next();
    Refusals refusals = new Refusals(InstantSource.system());
    TunnelMetrics metrics = new TunnelMetrics(registry, refusals);
    Tunnel tunnel = tunnel(settings, loops, loop, metrics);
    metrics.gauges(settings.role(), loops.transport(), tunnel);
    RandomGenerator random = RandomGenerator.getDefault();
    Runner runner = new Runner(tunnel, settings, loop, System::nanoTime, random);
    LoopWatch watch = new LoopWatch(loops, System::nanoTime);
    running.set(
        new RunningTunnel.Parts(settings, loops.transport(), tunnel, runner, watch, refusals));
    StopSignals.onEach(runner::stop);
    ManagementServer management = new ManagementServer(vertx, router);
    return await(
        management
            .start(settings.http())
            .compose(listening -> runner.run())
            .recover(TunnelApplication::notStarted)
            .eventually(management::close));
  }

  private static Future<Integer> notStarted(Throwable cause) {
    if (cause instanceof TunnelFailure failure) {
      LOG.error(failure.getMessage());
      return Future.succeededFuture(1);
    }
    return Future.failedFuture(cause);
  }

  private static int await(Future<Integer> code) throws Exception {
    try {
      return code.toCompletionStage().toCompletableFuture().join();
    } catch (CompletionException failed) {
      throw failed.getCause() instanceof Exception cause ? cause : failed;
    }
  }

  private static void logSettings(Settings settings) {
    for (Setting setting : Setting.values()) {
      Settings.Source source = settings.sources().get(setting);
      if (source != null && source != Settings.Source.DEFAULT) {
        LOG.debugf(
            "setting %s comes from the %s",
            setting.query(), source == Settings.Source.URL ? "URL" : "environment");
      }
    }
  }

  private static Tunnel tunnel(Settings settings, Loops loops, Loop loop, TunnelMetrics metrics) {
    TunnelContext context =
        new TunnelContext(
            settings, loops, metrics, System::nanoTime, InstantSource.system(), new SecureRandom());
    return settings.role() == Role.SERVER
        ? new TunnelServer(context, loop)
        : new TunnelClient(context, loop);
  }
}
