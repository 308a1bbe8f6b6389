package dev.nodepass.operator.live;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.operator.cluster.ApiServer;
import dev.nodepass.operator.cluster.Kubeconfig;
import dev.nodepass.operator.cluster.OperatorProcess;
import dev.nodepass.operator.cluster.Requests;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The shipped manifests in the API server, and operators that run as the account which these make.
 *
 * @param namespace in which the operator is installed
 */
record Installation(ApiServer server, String namespace) {
  private static final String ACCOUNT = "nodepass-operator";

  /** For all namespaces, as deploy/install.yaml makes it. */
  static Installation clusterWide() {
    ApiServer server = ApiServer.shared();
    apply(server, "-f", ApiServer.root().resolve("deploy/install.yaml").toString());
    return new Installation(server, "nodepass-system");
  }

  /** For one namespace, with a Role in it. */
  static Installation namespaced(String namespace) {
    ApiServer server = ApiServer.shared();
    String overlay = ApiServer.root().resolve("deploy/overlays/namespaced").toString();
    ApiServer.Outcome made = server.kubectl("kustomize", overlay);
    assertEquals(0, made.code(), made.output());
    String yaml = made.output().replace("namespace: nodepass\n", "namespace: " + namespace + "\n");
    apply(server, "-f", server.file(yaml).toString());
    return new Installation(server, namespace);
  }

  private static void apply(ApiServer server, String... what) {
    List<String> arguments = new ArrayList<>(List.of("apply", "--server-side"));
    // The definition is there already, in the name of the tests.
    arguments.add("--force-conflicts");
    arguments.addAll(List.of(what));
    ApiServer.Outcome applied = server.kubectl(arguments.toArray(String[]::new));
    assertEquals(0, applied.code(), applied.output());
  }

  /** The only one, so that it need not be elected. */
  OperatorProcess operator() {
    return operator(user(), Map.of("NODEPASS_LEADER_ELECTION", "false"));
  }

  /** One of several. */
  OperatorProcess candidate(String name) {
    return operator(user(), Map.of("NODEPASS_OPERATOR_NAME", name));
  }

  /** One with settings of its own. */
  OperatorProcess operator(Kubeconfig user, Map<String, String> settings) {
    Map<String, String> environment = new HashMap<>();
    environment.put("NODEPASS_IMAGE", "registry.example/nodepass:1");
    environment.put("NODEPASS_OPERATOR_NAMESPACE", namespace);
    environment.putAll(settings);
    return OperatorProcess.start(server, user, environment);
  }

  /** The account of the operator. */
  Kubeconfig user() {
    return server.serviceAccount(namespace, ACCOUNT);
  }

  /** What operators asked so far. */
  Requests requests() {
    return server.requestsOf(ApiServer.userName(namespace, ACCOUNT));
  }
}
