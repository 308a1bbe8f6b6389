package dev.nodepass.operator.plan;

import java.util.Locale;

/** Constants as words. */
final class Words {
  private Words() {}

  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
