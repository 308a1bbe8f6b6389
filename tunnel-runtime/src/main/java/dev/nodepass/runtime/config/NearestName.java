package dev.nodepass.runtime.config;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;

/** Finds the option a person most likely meant. */
final class NearestName {
  private NearestName() {}

  static Setting of(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(Setting.values())
        .filter(s -> !s.query().isEmpty())
        .min(
            Comparator.comparingInt(
                s ->
                    Math.min(
                        distance(lower, s.query()),
                        distance(lower, s.variable().toLowerCase(Locale.ROOT)))))
        .orElseThrow();
  }

  /** Levenshtein's distance: the fewest insertions, deletions and replacements. */
  static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replace, Math.min(row[j - 1], previous[j]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
