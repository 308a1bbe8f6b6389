package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/** Input and answers, as the tests of this package need them. */
final class Texts {
  static final String URL = "server://10.1.0.1:10101/127.0.0.1:8080";

  private Texts() {}

  /** An environment from {@code A=1 B=2}. */
  static Map<String, String> variables(String pairs) {
    return Arrays.stream(pairs.split(" ", -1))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
  }

  static Settings settings(String url, Map<String, String> environment) {
    try {
      return SettingsParser.parse(url, environment).settings();
    } catch (InvalidInputException refused) {
      throw new AssertionError(refused.getMessage(), refused);
    }
  }

  /** Why the input is refused. */
  static String refusal(String url, Map<String, String> environment) {
    return String.valueOf(
        assertThrows(InvalidInputException.class, () -> SettingsParser.parse(url, environment), url)
            .getMessage());
  }
}
