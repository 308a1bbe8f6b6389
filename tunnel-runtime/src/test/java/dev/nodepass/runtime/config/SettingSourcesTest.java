package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** URL before environment before default, for every setting; and what a wrong value is told. */
class SettingSourcesTest {
  /** A right value that is not the default. */
  private static String right(Setting setting) {
    return switch (setting) {
      case LOG -> "debug";
      case LOG_FORMAT -> "json";
      case MODE -> "reverse";
      case REMOTE -> "10102-10110";
      case MIN -> "17";
      case MAX -> "1025";
      case SEMAPHORE -> "77";
      case UDP_BUFFER -> "1500";
      case UDP_TIMEOUT -> "1m30s";
      case INTERVAL -> "250ms";
      case COOLDOWN -> "3s";
      case SHUTDOWN -> "0";
      case DRAIN_DELAY -> "0.5h";
      case HTTP -> "0.0.0.0:9100";
    };
  }

  /** Another right value. */
  private static String other(Setting setting) {
    return switch (setting) {
      case LOG -> "error";
      case LOG_FORMAT -> "text";
      case MODE -> "forward";
      case REMOTE -> "10200";
      case MIN -> "18";
      case MAX -> "1026";
      case SEMAPHORE -> "78";
      case UDP_BUFFER -> "1501";
      case UDP_TIMEOUT -> "1ms";
      case INTERVAL -> "1h";
      case COOLDOWN -> "100ms";
      case SHUTDOWN -> "24h";
      case DRAIN_DELAY -> "1s";
      case HTTP -> "off";
    };
  }

  private static Object value(Settings settings, Setting setting) {
    return switch (setting) {
      case LOG -> settings.logLevel();
      case LOG_FORMAT -> settings.logFormat();
      case MODE -> settings.mode();
      case REMOTE -> settings.remote();
      case MIN -> settings.minPool();
      case MAX -> settings.maxPool();
      case SEMAPHORE -> settings.semaphore();
      case UDP_BUFFER -> settings.udpBuffer();
      case UDP_TIMEOUT -> settings.udpTimeout();
      case INTERVAL -> settings.interval();
      case COOLDOWN -> settings.cooldown();
      case SHUTDOWN -> settings.shutdown();
      case DRAIN_DELAY -> settings.drainDelay();
      case HTTP -> settings.http();
    };
  }

  private static Settings fromUrl(Setting setting, String text) {
    return Texts.settings(Texts.URL + "?" + setting.query() + "=" + text, Map.of());
  }

  private static Settings fromVariable(Setting setting, String text) {
    return Texts.settings(Texts.URL, Map.of(setting.variable(), text));
  }

  @ParameterizedTest
  @EnumSource
  void theUrlComesBeforeTheEnvironment(Setting setting) {
    Settings both =
        Texts.settings(
            Texts.URL + "?" + setting.query() + "=" + right(setting),
            Map.of(setting.variable(), other(setting)));

    assertEquals(value(fromUrl(setting, right(setting)), setting), value(both, setting));
    assertNotEquals(value(fromVariable(setting, other(setting)), setting), value(both, setting));
    assertEquals(Settings.Source.URL, both.sources().get(setting));
  }

  @ParameterizedTest
  @EnumSource
  void theEnvironmentComesBeforeTheDefault(Setting setting) {
    Settings set = fromVariable(setting, right(setting));

    assertEquals(value(fromUrl(setting, right(setting)), setting), value(set, setting));
    assertNotEquals(value(Texts.settings(Texts.URL, Map.of()), setting), value(set, setting));
    assertEquals(Settings.Source.ENVIRONMENT, set.sources().get(setting));
  }

  @ParameterizedTest
  @EnumSource
  void whatNobodySetIsTheDefault(Setting setting) {
    Settings unset = Texts.settings(Texts.URL, Map.of());

    assertEquals(Settings.Source.DEFAULT, unset.sources().get(setting));
    assertEquals(value(fromUrl(setting, setting.defaultText()), setting), value(unset, setting));
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyVariableIsNotSetAndSpaceAroundAValueDoesNotCount(Setting setting) {
    assertEquals(Settings.Source.DEFAULT, fromVariable(setting, "").sources().get(setting));
    assertEquals(
        value(fromVariable(setting, right(setting)), setting),
        value(fromVariable(setting, " " + right(setting) + "\n"), setting));
  }

  @Test
  void everySettingHasASource() {
    assertEquals(
        EnumSet.allOf(Setting.class), Texts.settings(Texts.URL, Map.of()).sources().keySet());
  }

  @Test
  void theDefaultsAreThoseOfThePromise() {
    Settings settings = Texts.settings(Texts.URL, Map.of());

    assertEquals(LogLevel.INFO, settings.logLevel());
    assertEquals(LogFormat.TEXT, settings.logFormat());
    assertEquals(Mode.AUTO, settings.mode());
    assertTrue(settings.remote().isDrawn());
    assertEquals(
        List.of(16, 1024, 1024, 8192),
        List.of(
            settings.minPool(), settings.maxPool(), settings.semaphore(), settings.udpBuffer()));
    assertEquals("PT0S", settings.drainDelay().toString());
    assertEquals(ManagementAddress.DEFAULT, settings.http());
    assertTrue(settings.http().fallback());
  }

  private static Stream<Arguments> wrongValues() {
    return Stream.of(
        Arguments.of(Setting.LOG_FORMAT, "xml"),
        Arguments.of(Setting.MODE, "both"),
        Arguments.of(Setting.REMOTE, "0"),
        Arguments.of(Setting.REMOTE, "9-1"),
        Arguments.of(Setting.REMOTE, "1-"),
        Arguments.of(Setting.REMOTE, "-1"),
        Arguments.of(Setting.REMOTE, "1-2-3"),
        Arguments.of(Setting.REMOTE, "65536"),
        Arguments.of(Setting.MIN, "0"),
        Arguments.of(Setting.MIN, "-1"),
        Arguments.of(Setting.MIN, "many"),
        Arguments.of(Setting.MAX, "65536"),
        Arguments.of(Setting.MAX, "99999999999999999999"),
        Arguments.of(Setting.SEMAPHORE, "1e3"),
        Arguments.of(Setting.SEMAPHORE, "1000001"),
        Arguments.of(Setting.UDP_BUFFER, "65508"),
        Arguments.of(Setting.UDP_BUFFER, "+1"),
        Arguments.of(Setting.UDP_TIMEOUT, "0s"),
        Arguments.of(Setting.UDP_TIMEOUT, "61m"),
        Arguments.of(Setting.INTERVAL, "5"),
        Arguments.of(Setting.INTERVAL, "99ms"),
        Arguments.of(Setting.COOLDOWN, "-5s"),
        Arguments.of(Setting.COOLDOWN, "soon"),
        Arguments.of(Setting.SHUTDOWN, "-1ns"),
        Arguments.of(Setting.SHUTDOWN, "24h1ns"),
        Arguments.of(Setting.DRAIN_DELAY, "1d"),
        Arguments.of(Setting.HTTP, "on"),
        Arguments.of(Setting.HTTP, "65536"),
        Arguments.of(Setting.HTTP, "[::1]"));
  }

  @ParameterizedTest
  @MethodSource("wrongValues")
  void aWrongVariableIsNamedWithItsValueAndAnExampleThatIsRight(Setting setting, String text)
      throws InvalidInputException {
    String said = Texts.refusal(Texts.URL, Map.of(setting.variable(), text));

    String start =
        "variable %s: '%s' is not valid: it must be ".formatted(setting.variable(), text);
    assertTrue(said.startsWith(start), said);
    String example = said.substring(said.indexOf(", for example ") + ", for example ".length());
    SettingsParser.parse(Texts.URL, Texts.variables(example));
  }

  @ParameterizedTest
  @MethodSource("wrongValues")
  void aWrongOptionIsNamedWithItsValueAndAnExampleThatIsRight(Setting setting, String text)
      throws InvalidInputException {
    String said = Texts.refusal(Texts.URL + "?" + setting.query() + "=" + text, Map.of());

    String start = "URL option %s: '%s' is not valid: it must be ".formatted(setting.query(), text);
    assertTrue(said.startsWith(start), said);
    String example = said.substring(said.indexOf(", for example ") + ", for example ".length());
    SettingsParser.parse(Texts.URL + example, Map.of());
  }

  @Test
  void aWrongVariableThatTheUrlOverridesDoesNotMatter() {
    assertEquals(
        20, Texts.settings(Texts.URL + "?min=20", Map.of("MIN_POOL_CAPACITY", "x")).minPool());
  }

  @ParameterizedTest
  @CsvSource({
    "'',                    ?min=9&max=3, min (9) is larger than max (3): they were swapped",
    "MIN_POOL_CAPACITY=2000, '',          MIN_POOL_CAPACITY (2000) is larger than max (1024): they were swapped",
    "MAX_POOL_CAPACITY=4,   ?min=5,       min (5) is larger than MAX_POOL_CAPACITY (4): they were swapped",
  })
  void aPoolThatIsUpsideDownIsTurnedWithAWarning(String variables, String query, String warning)
      throws InvalidInputException {
    SettingsParser.Parsed parsed =
        SettingsParser.parse(
            Texts.URL + query, variables.isEmpty() ? Map.of() : Texts.variables(variables));

    assertEquals(List.of(warning), parsed.warnings());
    assertTrue(parsed.settings().minPool() < parsed.settings().maxPool());
  }

  @Test
  void aPoolOfOneSizeIsRight() throws InvalidInputException {
    SettingsParser.Parsed parsed = SettingsParser.parse(Texts.URL + "?min=7&max=7", Map.of());

    assertEquals(List.of(), parsed.warnings());
    assertEquals(7, parsed.settings().minPool());
    assertEquals(7, parsed.settings().maxPool());
  }

  @ParameterizedTest
  @ValueSource(strings = {"verbose", "", "trace", "inf", "5"})
  void anUnknownLogLevelIsAWarningAndMeansInfo(String level) throws InvalidInputException {
    SettingsParser.Parsed parsed = SettingsParser.parse(Texts.URL + "?log=" + level, Map.of());

    assertEquals(LogLevel.INFO, parsed.settings().logLevel());
    assertEquals(
        List.of(
            "URL option log: '"
                + level
                + "' is not valid: it must be one of debug, info, warn, error, fatal, for example"
                + " ?log=debug; info is used"),
        parsed.warnings());
  }

  @ParameterizedTest
  @ValueSource(strings = {"DEBUG", "Debug", "debug"})
  void theCaseOfALevelDoesNotMatter(String level) {
    assertEquals(LogLevel.DEBUG, Texts.settings(Texts.URL + "?log=" + level, Map.of()).logLevel());
  }

  @ParameterizedTest
  @CsvSource({
    "10102,        10102, 10102, 1,          10102",
    "10102-10110,  10102, 10110, 9,          10102-10110",
    "1-65535,      1,     65535, 65535,      1-65535",
    "'',           0,     0,     2147483647, drawn",
  })
  void theRemotePortsAreOneOrARangeOrDrawn(
      String text, int first, int last, int size, String shown) {
    PortRange range = fromUrl(Setting.REMOTE, text).remote();

    assertEquals(new PortRange(first, last), range);
    assertEquals(size, range.size());
    assertEquals(shown, range.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "9100,           127.0.0.1:9100",
    "0,              127.0.0.1:0",
    "0.0.0.0:9100,   0.0.0.0:9100",
    ":9100,          :9100",
    "[::1]:9100,     [::1]:9100",
  })
  void theManagementAddressThatSomebodyChoseIsTheOnlyOne(String text, String address) {
    ManagementAddress http = fromUrl(Setting.HTTP, text).http();

    assertEquals(address, String.valueOf(http.address()));
    assertEquals(false, http.fallback());
  }

  @Test
  void theManagementListenerCanBeOff() {
    assertEquals(ManagementAddress.OFF, fromUrl(Setting.HTTP, "off").http());
  }

  @Test
  void namesOfOptionsAndVariablesAreUnique() {
    assertEquals(
        Setting.values().length,
        Arrays.stream(Setting.values()).map(Setting::query).distinct().count());
    assertEquals(
        Setting.values().length,
        Arrays.stream(Setting.values()).map(Setting::variable).distinct().count());
  }
}
