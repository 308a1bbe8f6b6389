package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.identity.SharedKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys, pins, peers, ports, and several servers, as they are written. */
class Protocol2SettingsTest {
  private static final String CLIENT = "client://10.1.0.1:10101/127.0.0.1:8080";
  private static final String HEX = "0123456789abcdef".repeat(4);
  private static final String KEY = "a-key-that-is-long-enough";

  private static Settings client(String query) {
    return Texts.settings(CLIENT + query, Map.of());
  }

  private static Settings server(String query) {
    return Texts.settings(Texts.URL + query, Map.of());
  }

  private static void assertWrong(String url, String start) {
    String said = Texts.refusal(url, Map.of());
    assertTrue(said.startsWith(start), said);
    assertTrue(said.contains("for example "), said);
  }

  @Test
  void aClientMayHaveSeveralServers() {
    Settings settings = Texts.settings("client://a:1,b:2,[::1]:3/x:4", Map.of());

    assertEquals(
        List.of(new HostPort("a", 1), new HostPort("b", 2), new HostPort("::1", 3)),
        settings.tunnels());
    assertEquals(new HostPort("a", 1), settings.tunnel());
    assertEquals(new HostPort("x", 4), settings.target());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "client://a:1,/x:4           | tunnel address: ''",
        "client://,a:1/x:4           | tunnel address: ''",
        "client://a:1,b/x:4          | tunnel address: 'b'",
        "client://a:1, b:2/x:4       | tunnel address: ' b:2'",
        "client://a:1,b:2,a:1/x:4    | tunnel address: 'a:1,b:2,a:1' is not valid: it must be each",
        "client://a:1,b:0/x:4        | tunnel address:",
        "client://a:1;b:2/x:4        | tunnel address: 'a:1;b:2'",
        "client://a:1/x:4,y:5        | target address: 'x:4,y:5'",
        "server://a:1,b:2/x:4        | tunnel address: 'a:1,b:2' is not valid: it must be one",
      })
  void aListOfServersThatIsWrongIsRefused(String url, String start) {
    assertWrong(url, start);
  }

  @Test
  void theServerThatCannotBeDialledIsTheOneThatIsNamed() {
    assertWrong("client://a:1,b:0/x:4", "tunnel address: 'b:0'");
  }

  @Test
  void thereAreUpTo16Servers() {
    String most = servers(16);

    assertEquals(16, Texts.settings("client://" + most + "/x:4", Map.of()).tunnels().size());
    assertWrong("client://" + servers(17) + "/x:4", "tunnel address: '17 servers'");
  }

  private static String servers(int count) {
    return IntStream.range(0, count).mapToObj(i -> "s" + i + ":1").collect(Collectors.joining(","));
  }

  @Test
  void oneHostMayHaveSeveralPorts() {
    assertEquals(2, Texts.settings("client://a:1,a:2/x:4", Map.of()).tunnels().size());
  }

  @ParameterizedTest
  @CsvSource({
    "a-key-that-is-long-enough,            a-key-that-is-long-enough",
    "a%2Dkey-that-is-long-enough,          a-key-that-is-long-enough",
    "twenty+characters+or+more,            twenty+characters+or+more",
    "a%40key%2Fwith%3Feverything%25%23,    a@key/with?everything%#",
    "a:key:with:colons:in:it,              a:key:with:colons:in:it",
    "an@unencoded@at@sign@too,             an@unencoded@at@sign@too",
  })
  void theKeyStandsBeforeTheLastAt(String written, String key) {
    Settings settings =
        Texts.settings("server://" + written + "@10.1.0.1:10101/127.0.0.1:8080", Map.of());

    assertEquals(Optional.of(SharedKey.of(key)), settings.identity().key());
    assertEquals("server://***@10.1.0.1:10101/127.0.0.1:8080", settings.url());
    assertEquals(new HostPort("10.1.0.1", 10101), settings.tunnel());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a b", "a%20b", "a%0ab", "%", "%4", "%zz", "%-1", "schl%C3%BCssel", "ü"})
  void aKeyThatIsNoPrintableAsciiIsRefusedWithoutBeingRepeated(String key) {
    String said = Texts.refusal("server://" + key + "@10.1.0.1:10101/127.0.0.1:8080", Map.of());

    assertTrue(said.startsWith("key: it must be 1 to 1024 printable ASCII characters"), said);
    assertTrue(said.contains("'nodepass key'"), said);
  }

  @Test
  void aKeyHasUpTo1024Characters() {
    assertTrue(
        Texts.settings(Texts.URL, Map.of("NODEPASS_KEY", "k".repeat(1024))).identity().hasKey());
    assertTrue(
        Texts.refusal(Texts.URL, Map.of("NODEPASS_KEY", "k".repeat(1025)))
            .startsWith("key: it must be 1 to 1024"));
  }

  @Test
  void theKeyOfTheUrlComesBeforeThatOfTheEnvironment() {
    Settings settings =
        Texts.settings(
            Texts.URL.replace("://", "://" + KEY + "@"), Map.of("NODEPASS_KEY", "other-" + KEY));

    assertEquals(Optional.of(SharedKey.of(KEY)), settings.identity().key());
  }

  @Test
  void thereIsNoOptionForAKey() {
    String said = Texts.refusal(Texts.URL + "?key=" + KEY, Map.of());

    assertTrue(said.startsWith("URL option: 'key'"), said);
    assertFalse(said.contains(KEY), said);
  }

  private static Stream<String> pins() {
    return Stream.of(
        HEX,
        HEX.toUpperCase(Locale.ROOT),
        "sha256" + HEX,
        "SHA256:" + HEX,
        HEX.replaceAll("..(?=.)", "$0:"));
  }

  @ParameterizedTest
  @MethodSource("pins")
  void aPinMayBeWrittenAsToolsPrintIt(String written) {
    assertEquals(Optional.of(HEX), client("?pin=" + written).trust().pin());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "sha256", "sha256:", ":", "xyz", "sha1:00"})
  void aPinThatIsNoneIsRefused(String text) {
    assertWrong(
        CLIENT + "?pin=" + text, "URL option pin: '" + text + "' is not valid: it must be the 64");
  }

  @Test
  void aPinThatIsTooLongOrTooShortIsRefused() {
    assertWrong(CLIENT + "?pin=" + "a".repeat(63), "URL option pin: ");
    assertWrong(CLIENT + "?pin=" + "a".repeat(65), "URL option pin: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "a%20b", "%C3%BC", "a%00"})
  void aNameThatIsNoneIsRefused(String name) {
    assertWrong(CLIENT + "?name=" + name, "URL option name: ");
  }

  @Test
  void aNameHasUpTo64Characters() {
    assertEquals(Optional.of("n".repeat(64)), client("?name=" + "n".repeat(64)).identity().name());
    assertWrong(CLIENT + "?name=" + "n".repeat(65), "URL option name: ");
  }

  @Test
  void authoritiesAreThoseOfJavaOrOfAFile() {
    assertEquals(Optional.of(new Trust.Authorities.OfJava()), client("?ca=system").trust().ca());
    assertEquals(
        Optional.of(new Trust.Authorities.File(Path.of("/ca.pem"))),
        client("?ca=/ca.pem").trust().ca());
    assertTrue(client("?ca=system").trust().verifiesServer());
    assertFalse(client("").trust().verifiesServer());
  }

  @ParameterizedTest
  @CsvSource({"1, 1, ''", "64, 64, ''", "07, 7, ''", "dns:a.example.com, 1, a.example.com"})
  void peersAreCountedOrAskedFor(String text, int count, String name) {
    assertEquals(
        new Protocol2Settings.Peers(count, name.isEmpty() ? Optional.empty() : Optional.of(name)),
        server("?peers=" + text).protocol2().peers());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "65", "-1", "001", "dns:", "dns:a/b", "dns", "many"})
  void peersThatAreNeitherAreRefused(String text) {
    assertWrong(
        Texts.URL + "?peers=" + text,
        "URL option peers: '%s' is not valid: it must be a number from 1 to 64, or dns:name"
            .formatted(text));
  }

  @ParameterizedTest
  @CsvSource({"20000, 20000, 20000", "20000-20099, 20000, 20099", "1-65535, 1, 65535", "'', 0, 0"})
  void portsAreOneOrARangeOrNone(String text, int first, int last) {
    assertEquals(new PortRange(first, last), server("?ports=" + text).protocol2().ports());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "9-1", "1-", "-1", "1-2-3", "65536", "x", "1-65536", "+1-2"})
  void portsThatAreNoRangeAreRefused(String text) {
    assertWrong(Texts.URL + "?ports=" + text, "URL option ports: '" + text + "' is not valid");
  }

  @ParameterizedTest
  @CsvSource({"off, OFF, 0", "1, V1, 1", "2, V2, 2"})
  void theProxyProtocolHasTwoVersions(String text, Limits.ProxyVersion version, int number) {
    assertEquals(version, server("?proxy=" + text).limits().proxy());
    assertEquals(number, version.number());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "3", "v1", "on"})
  void anotherVersionOfTheProxyProtocolIsRefused(String text) {
    assertWrong(
        Texts.URL + "?proxy=" + text,
        "URL option proxy: '" + text + "' is not valid: it must be off, 1 or 2");
  }

  @Test
  void whyANetworkIsWrongIsSaid() {
    String said = Texts.refusal(Texts.URL + "?allow=10.0.0.1/8", Map.of());

    assertTrue(
        said.contains("'10.0.0.1/8' is an address within a network; the network is 10.0.0.0/8"),
        said);
  }

  @Test
  void aClientMayListenOnADrawnPortInModeForward() {
    assertEquals(
        0, Texts.settings("client://a:1/127.0.0.1:0?mode=forward", Map.of()).target().port());
  }
}
