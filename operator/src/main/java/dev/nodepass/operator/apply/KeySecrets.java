package dev.nodepass.operator.apply;

import dev.nodepass.crds.KeySlot;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.operator.plan.KeyPlan;
import dev.nodepass.operator.plan.Planner;
import dev.nodepass.operator.plan.Seen;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.temporal.ChronoUnit;
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

  /** In place of the UID of a Secret that is being made. */
  private static final String RESERVED = "";

  private final KubernetesClient client;
  private final SecureRandom random;
  private final Deletion deletion;

  public KeySecrets(KubernetesClient client, SecureRandom random) {
    this.client = client;
    this.random = random;
    this.deletion = new Deletion(client);
  }

  /**
   * Reserves the first slot whose name is free for the key that is wanted. Written down, it tells
   * whoever comes after a crash that a Secret of that name is ours.
   *
   * @return what was seen, with the reserved slot among the keys, its UID empty; and with the names
   *     that were not free
   */
  public Seen reserve(NodePassTunnel tunnel, Seen before, Planner planner) {
    Seen seen = before;
    while (KeyPlan.needsKey(tunnel, seen)) {
      Secret planned = planner.plan(tunnel, seen.withFreshKey(freshKey())).create().orElseThrow();
      String name = planned.getMetadata().getName();
      if (isThere(planned)) {
        LOG.warnf("Secret/%s is there already and was not touched", name);
        seen = seen.withTaken(name);
      } else {
        int generation = tunnel.getSpec().authOrDefault().generation();
        String now = seen.now().truncatedTo(ChronoUnit.SECONDS).toString();
        seen = seen.withKey(new KeySlot(name, RESERVED, generation, now));
      }
    }
    return seen;
  }

  /**
   * Makes the Secrets of slots that were reserved. One that is there by now was made by an operator
   * that ended before it could write down its UID.
   */
  public Seen settle(NodePassTunnel tunnel, Seen seen, Planner planner) {
    List<KeySlot> keys = new ArrayList<>();
    for (KeySlot slot : seen.keys()) {
      keys.add(slot.uid().equals(RESERVED) ? made(tunnel, slot, seen, planner) : slot);
    }
    return seen.withKeys(keys);
  }

  private KeySlot made(NodePassTunnel tunnel, KeySlot slot, Seen seen, Planner planner) {
    Secret wanted = planner.keySecret(tunnel, slot, freshKey(), seen.endpoint());
    try {
      String uid = client.resource(wanted).create().getMetadata().getUid();
      LOG.infof("created Secret/%s with a new key", slot.name());
      return new KeySlot(slot.name(), uid, slot.generation(), slot.madeAt());
    } catch (KubernetesClientException failure) {
      if (failure.getCode() != CONFLICT) {
        throw failure;
      }
      LOG.infof("Secret/%s was made before", slot.name());
      String uid = deletion.uid("v1", "secrets", tunnel.getMetadata().getNamespace(), slot.name());
      return new KeySlot(slot.name(), uid, slot.generation(), slot.madeAt());
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
      return isThere(probe);
    } catch (KubernetesClientException failure) {
      // A quota or a policy that refuses it hides whether there is one: nothing is known to lack.
      return true;
    }
  }

  private boolean isThere(Secret secret) {
    try {
      client.resource(secret).dryRun().create();
      return false;
    } catch (KubernetesClientException failure) {
      if (failure.getCode() == CONFLICT) {
        return true;
      }
      throw failure;
    }
  }
}
