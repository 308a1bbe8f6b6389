package dev.nodepass.operator.event;

import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.setup.OperatorSettings;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jboss.logging.Logger;

/**
 * Writes Events about tunnels, and the same to the log. An Event that cannot be written is lost.
 */
@Singleton
public class EventRecorder {
  private static final Logger LOG = Logger.getLogger(EventRecorder.class);
  private static final String CONTROLLER = "nodepass.dev/operator";

  /** Of {@code metav1.MicroTime}. */
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  /** An Event's note holds 1024 bytes. */
  private static final int LONGEST = 1000;

  private final KubernetesClient client;
  private final OperatorSettings settings;
  private final InstantSource clock;

  public EventRecorder(KubernetesClient client, OperatorSettings settings, InstantSource clock) {
    this.client = client;
    this.settings = settings;
    this.clock = clock;
  }

  /** Tells what happened. */
  public void record(NodePassTunnel tunnel, Happening happening) {
    EventReason reason = happening.reason();
    LOG.logf(
        reason.warning() ? Logger.Level.WARN : Logger.Level.INFO,
        "%s: %s",
        reason.word(),
        happening.text());
    try {
      client.resource(event(tunnel, happening)).create();
    } catch (KubernetesClientException notWritten) {
      LOG.debugf("the Event %s was not written: %s", reason.word(), notWritten.getMessage());
    }
  }

  private Event event(NodePassTunnel tunnel, Happening happening) {
    Instant now = clock.instant();
    String text = happening.text();
    return new EventBuilder()
        .withNewMetadata()
        .withGenerateName(shortened(tunnel.getMetadata().getName(), 200) + "-")
        .withNamespace(tunnel.getMetadata().getNamespace())
        .endMetadata()
        .withEventTime(new MicroTime(MICROS.format(now)))
        .withReportingController(CONTROLLER)
        .withReportingInstance(shortened(settings.operatorName().orElse("operator"), 128))
        .withAction("Reconcile")
        .withReason(happening.reason().word())
        .withType(happening.reason().warning() ? "Warning" : "Normal")
        .withNote(shortened(text, LONGEST))
        .withNewRegarding()
        .withApiVersion(tunnel.getApiVersion())
        .withKind(tunnel.getKind())
        .withNamespace(tunnel.getMetadata().getNamespace())
        .withName(tunnel.getMetadata().getName())
        .withUid(tunnel.getMetadata().getUid())
        .endRegarding()
        .build();
  }

  private static String shortened(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest);
  }
}
