package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever comes in, what is said about it is one printable line. */
class MessagesTest {
  private static final Pattern FOR_CLIENTS = Pattern.compile("[?](name|pin|ca|host)=");

  private static IntStream controls() {
    return IntStream.concat(IntStream.range(0, 32), IntStream.of(127));
  }

  private static void assertPrintableLine(String said) {
    assertTrue(said.chars().noneMatch(c -> c < 32 || c == 127), () -> "raw: " + said);
    assertEquals(1, said.lines().count());
  }

  @ParameterizedTest
  @MethodSource("controls")
  void aControlCharacterNeverReachesARefusal(int control) {
    String c = Character.toString(control);
    for (String url :
        List.of(
            c,
            "ser" + c + "ver://a:1/b:2",
            "server://a" + c + ":1/b:2",
            "server://a:1" + c + "/b:2",
            "server://[::1" + c + "]:1/b:2",
            "server://a:1/b" + c + ":2",
            "server://a:1/b:2" + c,
            "server://a:1/b:2?l" + c + "og=info",
            "server://a:1/b:2?min=" + c,
            "server://a:1/b:2?log=%" + c,
            "server://a:1/b:2#" + c)) {
      assertPrintableLine(Texts.refusal(url, Map.of()));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "KEY")
  void aControlCharacterOfAnySettingIsNotRepeated(Setting setting) {
    String escape = "\u001b[31m\r\nx";
    for (String url :
        List.of("?" + setting.query() + "=" + escape, "?" + setting.query() + "=%1b[31m%0d%0ax")) {
      for (String said : said(Texts.URL + url, Map.of())) {
        assertPrintableLine(said);
      }
    }
    for (String said : said(Texts.URL, Map.of(setting.variable(), escape))) {
      assertPrintableLine(said);
    }
  }

  /** The refusal, or the warnings. */
  private static List<String> said(String given, Map<String, String> environment) {
    // Options for clients are checked where they may stand.
    String url = FOR_CLIENTS.matcher(given).find() ? given.replace("server:", "client:") : given;
    try {
      List<String> warnings = SettingsParser.parse(url, environment).warnings();
      assertEquals(1, warnings.size(), url);
      return warnings;
    } catch (InvalidInputException refused) {
      return List.of(String.valueOf(refused.getMessage()));
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"KEY", "TLS_CERT", "TLS_KEY"})
  void anEndlessValueIsCut(Setting setting) {
    String endless = "9".repeat(5_000);
    List<String> all = new ArrayList<>();
    all.addAll(said(Texts.URL + "?" + setting.query() + "=" + endless, Map.of()));
    all.addAll(said(Texts.URL, Map.of(setting.variable(), endless)));

    for (String said : all) {
      assertTrue(said.length() < 400, said);
      assertTrue(said.contains("999..."), said);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "KEY")
  void aSettingSaysWhatItMeansInALine(Setting setting) {
    for (String text :
        Arrays.asList(setting.query(), setting.variable(), setting.allowed(), setting.meaning())) {
      assertPrintableLine(text);
      assertTrue(!text.isBlank());
    }
  }
}
