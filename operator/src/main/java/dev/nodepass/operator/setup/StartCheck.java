package dev.nodepass.operator.setup;

import dev.nodepass.crds.NodePassTunnel;
import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Whether there is what the operator cannot do without, before the SDK starts and fails with two
 * hundred lines. Ends the process with one line instead; Kubernetes starts it again.
 */
@Singleton
public class StartCheck {
  private static final Logger LOG = Logger.getLogger(StartCheck.class);
  private static final int BEFORE_THE_SDK = 1;
  private static final String ALL = "JOSDK_ALL_NAMESPACES";

  private static final ListOptions ONE = new ListOptionsBuilder().withLimit(1L).build();

  private final KubernetesClient client;
  private final OperatorSettings settings;

  public StartCheck(KubernetesClient client, OperatorSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  void onStart(@Observes @Priority(BEFORE_THE_SDK) StartupEvent event) {
    problem()
        .ifPresent(
            text -> {
              LOG.error(text);
              // Nothing has begun that would have to be ended in order.
              Runtime.getRuntime().halt(1);
            });
  }

  private Optional<String> problem() {
    return namespaces().stream().map(this::problem).flatMap(Optional::stream).findFirst();
  }

  private List<String> namespaces() {
    return List.of(settings.watchNamespaces().split(",", -1));
  }

  private Optional<String> problem(String namespace) {
    var tunnels = client.resources(NodePassTunnel.class);
    try {
      if (namespace.equals(ALL)) {
        tunnels.inAnyNamespace().list(ONE);
      } else {
        tunnels.inNamespace(namespace.strip()).list(ONE);
      }
      return Optional.empty();
    } catch (KubernetesClientException failure) {
      return Optional.of(text(namespace, failure));
    }
  }

  private String text(String namespace, KubernetesClientException failure) {
    String where = namespace.equals(ALL) ? "in all namespaces" : "in the namespace " + namespace;
    return switch (failure.getCode()) {
      case 404 ->
          "the cluster does not know NodePassTunnels: install the resource type (deploy/crd), which"
              + " deploy/install.yaml holds";
      case 401 -> "the API server does not know the operator's account: see its token";
      case 403 ->
          "the operator may not list NodePassTunnels "
              + where
              + ": install its role (deploy/overlays), or set NODEPASS_WATCH_NAMESPACES to the"
              + " namespaces in which it may. "
              + failure.getStatus().getMessage();
      default ->
          "the API server at "
              + client.getMasterUrl()
              + " does not answer: "
              + (failure.getCause() == null
                  ? failure.getMessage()
                  : failure.getCause().getMessage());
    };
  }
}
