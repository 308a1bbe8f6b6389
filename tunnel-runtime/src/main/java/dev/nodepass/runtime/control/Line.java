package dev.nodepass.runtime.control;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One line of protocol 2: a URL in printable ASCII. Source: docs/protocol.md, "Lines".
 *
 * @param query by name, in the order in which it is written
 */
record Line(String scheme, String body, Map<String, String> query) {
  Line {
    query = new LinkedHashMap<>(query);
  }

  static Line of(String scheme, String body) {
    return new Line(scheme, body, Map.of());
  }

  /** With one parameter more. */
  Line with(String name, String value) {
    Map<String, String> more = new LinkedHashMap<>(query);
    more.put(name, value);
    return new Line(scheme, body, more);
  }

  /** The parameter; empty when it is not there. */
  Optional<String> parameter(String name) {
    return Optional.ofNullable(query.get(name));
  }

  /** The line with its line feed. */
  String text() {
    StringBuilder text = new StringBuilder(scheme).append("://").append(body);
    char before = '?';
    for (Map.Entry<String, String> pair : query.entrySet()) {
      text.append(before).append(pair.getKey()).append('=');
      encode(pair.getValue(), text);
      before = '&';
    }
    return text.append('\n').toString();
  }

  private static void encode(String value, StringBuilder text) {
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      if (b <= ' ' || b >= 0x7f || b == '%' || b == '&' || b == '=' || b == '#') {
        text.append('%').append("%02x".formatted(b & 0xff));
      } else {
        text.append((char) b);
      }
    }
  }

  /** Reads a line without its line feed; empty when it is none. */
  static Optional<Line> parse(String text) {
    int colon = text.indexOf("://");
    if (colon <= 0 || !text.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
      return Optional.empty();
    }
    int mark = text.indexOf('?', colon);
    Map<String, String> query = new LinkedHashMap<>();
    if (mark >= 0) {
      for (String pair : text.substring(mark + 1).split("&", -1)) {
        int equals = pair.indexOf('=');
        if (equals > 0) {
          Optional<String> value = decode(pair.substring(equals + 1));
          if (value.isEmpty()) {
            return Optional.empty();
          }
          query.put(pair.substring(0, equals), value.get());
        }
      }
    }
    String body = text.substring(colon + 3, mark < 0 ? text.length() : mark);
    return Optional.of(new Line(text.substring(0, colon), body, query));
  }

  private static Optional<String> decode(String value) {
    if (value.indexOf('%') < 0) {
      return Optional.of(value);
    }
    byte[] bytes = new byte[value.length()];
    int length = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c != '%') {
        bytes[length++] = (byte) c;
        continue;
      }
      int high = i + 2 <= value.length() - 1 ? Character.digit(value.charAt(i + 1), 16) : -1;
      int low = i + 2 <= value.length() - 1 ? Character.digit(value.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        return Optional.empty();
      }
      bytes[length++] = (byte) (high * 16 + low);
      i += 2;
    }
    return Optional.of(new String(bytes, 0, length, StandardCharsets.UTF_8));
  }
}
