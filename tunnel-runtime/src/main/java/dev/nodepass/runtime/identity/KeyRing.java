package dev.nodepass.runtime.identity;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys that a server takes. A name may have several, so that one can follow another.
 *
 * @param keys in the order in which they stand in their files
 */
public record KeyRing(List<NamedKey> keys) {
  /** No keys: nobody has to prove anything. */
  public static final KeyRing EMPTY = new KeyRing(List.of());

  public KeyRing {
    keys = List.copyOf(keys);
  }

  /** True when there are no keys, not even ended ones. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /** The keys of a name that have not ended by then. */
  public List<NamedKey> valid(String name, Instant time) {
    return keys.stream().filter(k -> k.name().equals(name) && k.isValidAt(time)).toList();
  }

  /** True when that very key is still in the ring and has not ended by then. */
  public boolean holds(NamedKey key, Instant time) {
    return keys.stream()
        .anyMatch(
            k -> k.name().equals(key.name()) && k.key().equals(key.key()) && k.isValidAt(time));
  }

  /** All names, sorted. */
  public Set<String> names() {
    Set<String> names = new TreeSet<>();
    keys.forEach(k -> names.add(k.name()));
    return names;
  }

  /** Both rings' keys. */
  public KeyRing and(KeyRing other) {
    List<NamedKey> both = new ArrayList<>(keys);
    both.addAll(other.keys);
    return new KeyRing(both);
  }
}
