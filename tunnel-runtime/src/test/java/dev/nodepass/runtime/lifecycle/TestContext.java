package dev.nodepass.runtime.lifecycle;

import dev.nodepass.runtime.config.InvalidInputException;
import dev.nodepass.runtime.config.SettingsParser;
import dev.nodepass.runtime.net.Loops;
import dev.nodepass.runtime.observe.Refusals;
import dev.nodepass.runtime.observe.TunnelMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.function.LongSupplier;

/** What parts of a tunnel need to be tested by themselves. */
public final class TestContext {
  private TestContext() {}

  /** Of a tunnel with that URL and environment, on the clocks of this machine. */
  public static TunnelContext of(Loops loops, String url, Map<String, String> environment) {
    return of(loops, url, environment, System::nanoTime);
  }

  /**
   * The same with a clock of the test's own.
   *
   * @param nanos the monotonic one; timers go by the machine's all the same
   */
  public static TunnelContext of(
      Loops loops, String url, Map<String, String> environment, LongSupplier nanos) {
    try {
      return new TunnelContext(
          SettingsParser.parse(url, environment).settings(),
          loops,
          new TunnelMetrics(new SimpleMeterRegistry(), new Refusals(InstantSource.system())),
          nanos,
          InstantSource.system(),
          new SecureRandom());
    } catch (InvalidInputException wrong) {
      throw new AssertionError(wrong);
    }
  }
}
