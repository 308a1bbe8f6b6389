package dev.nodepass.operator.apply;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.plan.KeyPlan;
import dev.nodepass.operator.plan.Planner;
import dev.nodepass.operator.plan.Seen;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Secrets, with the rights to create and to delete only: what is in a Secret the operator knows
 * while it makes it, and never again.
 */
@Singleton
public class KeySecrets {
  private static final Logger LOG = Logger.getLogger(KeySecrets.class);
  private static final int KEY_BYTES = 32;
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final SecureRandom random;
  private final Deletion deletion;

  public KeySecrets(KubernetesClient client, SecureRandom random) {
    this.client = client;
    this.random = random;
    this.deletion = new Deletion(client);
  }

  /**
   * Makes the key that is wanted, in the first slot whose name is free.
   *
   * @return what was seen, with the new key among the keys, and with the names that were not free
   */
  public Seen make(NodePassTunnel tunnel, Seen before, Planner planner) {
    Seen seen = before;
    while (KeyPlan.needsKey(tunnel, seen)) {
      Secret wanted = planner.plan(tunnel, seen.withFreshKey(freshKey())).create().orElseThrow();
      seen = create(tunnel, wanted, seen);
    }
    return seen;
  }

  private Seen create(NodePassTunnel tunnel, Secret wanted, Seen seen) {
    try {
      ObjectMeta made = client.resource(wanted).create().getMetadata();
      LOG.infof("created Secret/%s with a new key", made.getName());
      List<KeySlot> keys = new ArrayList<>(seen.keys());
      keys.add(
          new KeySlot(
              made.getName(),
              made.getUid(),
              tunnel.getSpec().authOrDefault().generation(),
              made.getCreationTimestamp()));
      return seen.withKeys(keys);
    } catch (KubernetesClientException failure) {
      if (failure.getCode() != CONFLICT) {
        throw failure;
      }
      LOG.warnf("Secret/%s is there already and was not touched", wanted.getMetadata().getName());
      return seen.withTaken(wanted.getMetadata().getName());
    }
  }

  private String freshKey() {
    byte[] key = new byte[KEY_BYTES];
    random.nextBytes(key);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(key);
  }

  /** Deletes those that the plan retires. */
  public void retire(NodePassTunnel tunnel, List<KeySlot> over) {
    for (KeySlot slot : over) {
      deletion.delete(
          "v1", "secrets", tunnel.getMetadata().getNamespace(), slot.name(), slot.uid());
      LOG.infof("deleted Secret/%s: the time of its key is over", slot.name());
    }
  }

  /**
   * Whether there is a Secret of that name, found out without reading it: a creation that is not
   * carried out is refused where there is one.
   */
  public boolean isThere(String namespace, String name) {
    Secret probe =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .endMetadata()
            .build();
    try {
      client.resource(probe).dryRun().create();
      return false;
    } catch (KubernetesClientException failure) {
      // A quota or a policy may refuse it too: then nothing is known to be missing.
      return true;
    }
  }
}
