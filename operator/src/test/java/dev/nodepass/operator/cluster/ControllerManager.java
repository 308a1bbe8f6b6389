package dev.nodepass.operator.cluster;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The real controller manager, with those controllers that Deployments, disruption budgets and
 * deletions need. One for all tests of a JVM, from the first on that wants it.
 *
 * <p>Without the one for endpoint slices: these refuse the loopback addresses that pods have here.
 */
public final class ControllerManager {
  private static final String CONTROLLERS =
      String.join(
          ",",
          "deployment-controller",
          "replicaset-controller",
          "garbage-collector-controller",
          "namespace-controller",
          "serviceaccount-controller",
          "disruption-controller");

  private static @Nullable ControllerManager shared;

  private final Program program;

  private ControllerManager(ApiServer server) {
    String kubeconfig = server.controllers().write(server.folder()).toString();
    program =
        server.start(
            "kube-controller-manager",
            "--kubeconfig=" + kubeconfig,
            "--controllers=" + CONTROLLERS,
            "--leader-elect=false",
            // It serves nothing.
            "--secure-port=0",
            "--concurrent-gc-syncs=5",
            "--concurrent-namespace-syncs=5",
            "--kube-api-qps=200",
            "--kube-api-burst=400");
    program.await(
        "its first account",
        Duration.ofSeconds(60),
        () ->
            server.client().serviceAccounts().inNamespace("default").withName("default").get()
                != null);
  }

  /** The one of this JVM, running. */
  public static synchronized ControllerManager shared() {
    if (shared == null || !shared.program.isAlive()) {
      shared = new ControllerManager(ApiServer.shared());
    }
    return shared;
  }

  /** What it logged so far. */
  public String output() {
    return program.output();
  }
}
