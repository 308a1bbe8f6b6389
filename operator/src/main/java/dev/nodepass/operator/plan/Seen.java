package dev.nodepass.operator.plan;

import dev.nodepass.crds.KeySlot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was seen of a tunnel before planning.
 *
 * @param connected at least one session is up
 * @param keys the Secrets with keys that the operator made, from the resource's status
 * @param taken names of key Secrets that are there without being in {@code keys}
 * @param freshKey a random key, for the case that one is to be made
 * @param endpoint where clients dial, if that is known
 * @param now the time
 */
public record Seen(
    boolean connected,
    List<KeySlot> keys,
    List<String> taken,
    @Nullable String freshKey,
    @Nullable String endpoint,
    Instant now) {

  public Seen {
    keys = keys == null ? List.of() : List.copyOf(keys);
    taken = taken == null ? List.of() : List.copyOf(taken);
  }

  /** The same, with other keys. */
  public Seen withKeys(List<KeySlot> other) {
    return new Seen(connected, other, taken, freshKey, endpoint, now);
  }

  /** The same, with one more key. */
  public Seen withKey(KeySlot key) {
    List<KeySlot> more = new ArrayList<>(keys);
    more.add(key);
    return withKeys(more);
  }

  /** The same, with one more name that cannot be used. */
  public Seen withTaken(String name) {
    List<String> names = new ArrayList<>(taken);
    names.add(name);
    return new Seen(connected, keys, names, freshKey, endpoint, now);
  }

  /** The same, with a key to make a Secret of. */
  public Seen withFreshKey(String key) {
    return new Seen(connected, keys, taken, key, endpoint, now);
  }
}
