package dev.nodepass.runtime.net;

import io.vertx.core.Future;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Host names to addresses, by the resolver of the JVM, which knows what the machine's other
 * programs know (/etc/hosts, search domains, the name service switch). That one blocks, so it runs
 * on a worker thread: Vert.x under Quarkus would call it on the event loop, and a slow name server
 * would stop all traffic of the loop.
 */
public final class Names {
  private Names() {}

  /**
   * The addresses of a host, in the order in which to try them; at least one. Fails with {@link
   * java.net.UnknownHostException}. Completes on no loop in particular.
   */
  public static Future<List<InetAddress>> resolve(Loops loops, String host) {
    try {
      return Future.succeededFuture(List.of(InetAddress.ofLiteral(host)));
    } catch (IllegalArgumentException name) {
      return loops.blocking(() -> List.of(InetAddress.getAllByName(host)));
    }
  }

  /**
   * Another order, in which each address of the first one's family comes first equally often: the
   * name stands for several machines, and all of them are to be met.
   */
  static List<InetAddress> shuffled(List<InetAddress> addresses, RandomGenerator random) {
    Class<?> family = addresses.getFirst().getClass();
    List<InetAddress> same = new ArrayList<>();
    List<InetAddress> others = new ArrayList<>();
    addresses.forEach(a -> (a.getClass() == family ? same : others).add(a));
    Collections.shuffle(same, random);
    same.addAll(others);
    return same;
  }
}
