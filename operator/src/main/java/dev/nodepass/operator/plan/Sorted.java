package dev.nodepass.operator.plan;

import java.util.Map;
import java.util.TreeMap;

/** Maps in the order of their keys: the same plan must look the same each time. */
final class Sorted {
  private Sorted() {}

  static Map<String, String> of(Map<String, String> map) {
    return new TreeMap<>(map);
  }
}
