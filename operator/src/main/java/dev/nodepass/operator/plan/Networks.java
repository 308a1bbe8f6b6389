package dev.nodepass.operator.plan;

import java.net.InetAddress;
import java.util.regex.Pattern;

/** Addresses and networks in text. Nothing is resolved. */
final class Networks {
  private static final Pattern DOTTED = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  private Networks() {}

  static boolean isAddress(String text) {
    if (text.indexOf(':') < 0 && !DOTTED.matcher(text).matches()) {
      return false;
    }
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException none) {
      return false;
    }
  }

  /** True for an address and for one with a length, such as {@code 10.0.0.0/8}. */
  static boolean isNetwork(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return isAddress(text);
    }
    String length = text.substring(slash + 1);
    int most = text.indexOf(':') >= 0 ? 128 : 32;
    return isAddress(text.substring(0, slash))
        && length.length() <= 3
        && !length.isEmpty()
        && length.chars().allMatch(c -> c >= '0' && c <= '9')
        && Integer.parseInt(length) <= most;
  }
}
