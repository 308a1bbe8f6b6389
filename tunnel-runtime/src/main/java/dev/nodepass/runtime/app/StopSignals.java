package dev.nodepass.runtime.app;

import java.lang.reflect.Proxy;
import java.util.List;

/**
 * Hears SIGTERM and SIGINT, each time they come. A shutdown hook would not do: it hears only the
 * first, and the exit code is no longer ours then.
 */
public final class StopSignals {
  private static final List<String> NAMES = List.of("TERM", "INT");

  private StopSignals() {}

  /**
   * Takes the signals over from whoever had them; Quarkus's handlers exit at once, and with another
   * code. The JDK's class for it is public but unsupported, so javac warns of each mention and no
   * annotation stops it; hence by reflection.
   *
   * @param stop called on a thread of the JVM's, for each signal
   */
  public static void onEach(Runnable stop) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      Object handler =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (proxy, method, args) -> {
                if (method.getName().equals("handle")) {
                  stop.run();
                }
                return null;
              });
      for (String name : NAMES) {
        Object which = signal.getConstructor(String.class).newInstance(name);
        signal.getMethod("handle", signal, handlerType).invoke(null, which, handler);
      }
    } catch (ReflectiveOperationException missing) {
      throw new IllegalStateException("this Java has no sun.misc.Signal", missing);
    }
  }
}
