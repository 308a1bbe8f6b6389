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
      case KEY -> "a-key-that-is-long-enough";
      case KEY_FILE -> "/keys";
      case NAME -> "alice";
      case PIN -> "ab".repeat(32);
      case CA -> "system";
      case TLS_HOST -> "a.example.com";
      case TLS_CERT -> "/a.crt";
      case TLS_KEY -> "/a.key";
      case CLIENT_CA -> "/a.pem";
      case LEGACY -> "0";
      case DATA -> "plain";
      case REUSE -> "100";
      case LANES -> "8";
      case UDP_SESSION -> "30s";
      case PEERS -> "3";
      case PORTS -> "20000-20099";
      case ALLOW -> "10.0.0.0/8,192.168.1.7";
      case ALLOW_CLIENTS -> "10.0.0.0/8";
      case PER_SOURCE -> "5";
      case ACCEPT_RATE -> "7";
      case RATE -> "100";
      case PROXY -> "2";
      case ACCEPT_PROXY -> "1";
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
      case KEY -> "another-key-that-is-long-enough";
      case KEY_FILE -> "/other";
      case NAME -> "bob";
      case PIN -> "cd".repeat(32);
      case CA -> "/ca.pem";
      case TLS_HOST -> "b.example.com";
      case TLS_CERT -> "/b.crt";
      case TLS_KEY -> "/b.key";
      case CLIENT_CA -> "/b.pem";
      case LEGACY -> "1";
      case DATA -> "tls";
      case REUSE -> "200";
      case LANES -> "9";
      case UDP_SESSION -> "2m";
      case PEERS -> "dns:servers.example.com";
      case PORTS -> "20200";
      case ALLOW -> "2001:db8::/32";
      case ALLOW_CLIENTS -> "127.0.0.1";
      case PER_SOURCE -> "6";
      case ACCEPT_RATE -> "8";
      case RATE -> "200";
      case PROXY -> "1";
      case ACCEPT_PROXY -> "0";
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
      case KEY -> settings.identity().key();
      case KEY_FILE -> settings.identity().keyFile();
      case NAME -> settings.identity().name();
      case PIN -> settings.trust().pin();
      case CA -> settings.trust().ca();
      case TLS_HOST -> settings.trust().host();
      case TLS_CERT -> settings.trust().certificate();
      case TLS_KEY -> settings.trust().certificateKey();
      case CLIENT_CA -> settings.trust().clientCa();
      case LEGACY -> settings.protocol2().legacy();
      case DATA -> settings.protocol2().data();
      case REUSE -> settings.protocol2().reuse();
      case LANES -> settings.protocol2().lanes();
      case UDP_SESSION -> settings.protocol2().udpSession();
      case PEERS -> settings.protocol2().peers();
      case PORTS -> settings.protocol2().ports();
      case ALLOW -> settings.limits().allow();
      case ALLOW_CLIENTS -> settings.limits().allowClients();
      case PER_SOURCE -> settings.limits().perSource();
      case ACCEPT_RATE -> settings.limits().acceptRate();
      case RATE -> settings.limits().rate();
      case PROXY -> settings.limits().proxy();
      case ACCEPT_PROXY -> settings.limits().acceptProxy();
    };
  }

  private static final String CLIENT = "client://10.1.0.1:10101/127.0.0.1:8080";

  /** A URL in which the setting may stand, up to its value, with what goes with it. */
  private static String url(Setting setting) {
    return switch (setting) {
      case NAME, PIN, CA -> CLIENT;
      case TLS_HOST -> CLIENT + "?ca=system";
      case TLS_CERT -> Texts.URL + "?cert-key=/x.key";
      case TLS_KEY -> Texts.URL + "?cert=/x.crt";
      default -> Texts.URL;
    };
  }

  private static String with(Setting setting, String text) {
    if (setting == Setting.KEY) {
      return text.isEmpty() ? Texts.URL : Texts.URL.replace("://", "://" + text + "@");
    }
    String url = url(setting);
    return url + (url.indexOf('?') < 0 ? "?" : "&") + setting.query() + "=" + text;
  }

  private static Settings fromUrl(Setting setting, String text) {
    return Texts.settings(with(setting, text), Map.of());
  }

  private static Settings fromVariable(Setting setting, String text) {
    return Texts.settings(url(setting), Map.of(setting.variable(), text));
  }

  private static Settings unset(Setting setting) {
    return Texts.settings(
        setting == Setting.TLS_CERT || setting == Setting.TLS_KEY ? Texts.URL : url(setting),
        Map.of());
  }

  @ParameterizedTest
  @EnumSource
  void theUrlComesBeforeTheEnvironment(Setting setting) {
    Settings both =
        Texts.settings(with(setting, right(setting)), Map.of(setting.variable(), other(setting)));

    assertEquals(value(fromUrl(setting, right(setting)), setting), value(both, setting));
    assertNotEquals(value(fromVariable(setting, other(setting)), setting), value(both, setting));
    assertEquals(Settings.Source.URL, both.sources().get(setting));
  }

  @ParameterizedTest
  @EnumSource
  void theEnvironmentComesBeforeTheDefault(Setting setting) {
    Settings set = fromVariable(setting, right(setting));

    assertEquals(value(fromUrl(setting, right(setting)), setting), value(set, setting));
    assertNotEquals(value(unset(setting), setting), value(set, setting));
    assertEquals(Settings.Source.ENVIRONMENT, set.sources().get(setting));
  }

  @ParameterizedTest
  @EnumSource
  void whatNobodySetIsTheDefault(Setting setting) {
    Settings unset = unset(setting);

    assertEquals(Settings.Source.DEFAULT, unset.sources().get(setting));
    if (!isPaired(setting)) {
      assertEquals(value(fromUrl(setting, setting.defaultText()), setting), value(unset, setting));
    }
  }

  /** One of a pair cannot be empty while the other is not. */
  private static boolean isPaired(Setting setting) {
    return setting == Setting.TLS_CERT || setting == Setting.TLS_KEY;
  }

  @ParameterizedTest
  @EnumSource
  void anEmptyVariableIsNotSetAndSpaceAroundAValueDoesNotCount(Setting setting) {
    if (!isPaired(setting)) {
      assertEquals(Settings.Source.DEFAULT, fromVariable(setting, "").sources().get(setting));
    }
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
        Arguments.of(Setting.HTTP, "[::1]"),
        Arguments.of(Setting.LEGACY, "2"),
        Arguments.of(Setting.LEGACY, "yes"),
        Arguments.of(Setting.DATA, "clear"),
        Arguments.of(Setting.REUSE, "0"),
        Arguments.of(Setting.LANES, "65"),
        Arguments.of(Setting.UDP_SESSION, "99ms"),
        Arguments.of(Setting.PEERS, "0"),
        Arguments.of(Setting.PEERS, "65"),
        Arguments.of(Setting.PEERS, "dns:"),
        Arguments.of(Setting.PORTS, "9-1"),
        Arguments.of(Setting.ALLOW, "10.0.0.1/8"),
        Arguments.of(Setting.ALLOW, "10.0.0.0/33"),
        Arguments.of(Setting.ALLOW, "example.com"),
        Arguments.of(Setting.ALLOW, "10.0.0.0/8,"),
        Arguments.of(Setting.ALLOW_CLIENTS, "::1/129"),
        Arguments.of(Setting.PER_SOURCE, "-1"),
        Arguments.of(Setting.ACCEPT_RATE, "many"),
        Arguments.of(Setting.RATE, "100001"),
        Arguments.of(Setting.PROXY, "3"),
        Arguments.of(Setting.ACCEPT_PROXY, "on"));
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

  @ParameterizedTest
  @CsvSource({
    "SEMAPHORE_LIMIT=5,                                 PT1M",
    "UDP_READ_TIMEOUT=5m,                               PT5M",
    "UDP_READ_TIMEOUT=30s,                              PT1M",
    "UDP_READ_TIMEOUT=5m UDP_SESSION_TIMEOUT=2m,        PT2M",
  })
  void aFlowLastsAsLongAsAnAnswerMayTake(String variables, String lasts)
      throws InvalidInputException {
    Settings settings =
        SettingsParser.parse("client://10.1.0.1:10101/127.0.0.1:3000", Texts.variables(variables))
            .settings();
    assertEquals(lasts, settings.protocol2().udpSession().toString());
  }
}
