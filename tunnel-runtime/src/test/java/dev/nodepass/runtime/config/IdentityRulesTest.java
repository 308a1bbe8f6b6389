package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdentityRulesTest {
  private static final String CLIENT = "client://10.1.0.1:10101/127.0.0.1:8080";
  private static final String PIN = "0123456789abcdef".repeat(4);
  private static final String SHORT = "k3y-t00-sh0rt";
  private static final String LONG = "k3y-that-is-l0ng-enough";

  private static String keyed(String url, String key) {
    return url.replace("://", "://" + key + "@");
  }

  @ParameterizedTest
  @CsvSource({
    "name=alice",
    "pin=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "ca=system",
    "host=a.example.com",
  })
  void whatIsForClientsIsRefusedInTheUrlOfAServer(String option) {
    String name = option.substring(0, option.indexOf('='));

    assertEquals(
        "URL option " + name + ": it is for clients only; leave it out here",
        Texts.refusal(Texts.URL + "?" + option, Map.of()));
  }

  @ParameterizedTest
  @CsvSource({"client-ca=/ca.pem", "ports=20000-20009", "allow-clients=10.0.0.0/8", "peers=2"})
  void whatIsForServersIsRefusedInTheUrlOfAClient(String option) {
    String name = option.substring(0, option.indexOf('='));

    assertEquals(
        "URL option " + name + ": it is for servers only; leave it out here",
        Texts.refusal(CLIENT + "?" + option, Map.of()));
  }

  @Test
  void theEnvironmentMayBeTheSameForBothSides() {
    Map<String, String> both =
        Map.of(
            "NODEPASS_NAME", "alice",
            "NODEPASS_PIN", PIN,
            "NODEPASS_PORTS", "20000-20009",
            "NODEPASS_PEERS", "2",
            "NODEPASS_ALLOW_CLIENTS", "10.0.0.0/8",
            "NODEPASS_CLIENT_CA", "/ca.pem");

    assertEquals(Optional.of("alice"), Texts.settings(CLIENT, both).identity().name());
    assertEquals(2, Texts.settings(Texts.URL, both).protocol2().peers().count());
  }

  @ParameterizedTest
  @ValueSource(strings = {"cert=/a.crt", "cert-key=/a.key"})
  void aCertificateNeedsItsKeyAndAKeyItsCertificate(String option) {
    for (String url : new String[] {Texts.URL, CLIENT}) {
      String said = Texts.refusal(url + "?" + option, Map.of());

      assertTrue(said.startsWith("URL options cert and cert-key: only one of them is given"), said);
      String example = said.substring(said.indexOf(", for example ") + ", for example ".length());
      assertTrue(Texts.settings(url + example, Map.of()).trust().certificate().isPresent());
    }
  }

  @Test
  void aHostNameIsOnlyForWhomAuthoritiesAreTrusted() {
    String said = Texts.refusal(CLIENT + "?host=a.example.com", Map.of());

    assertTrue(said.startsWith("URL option host: a name is checked only where"), said);
    assertTrue(said.endsWith("ca=/etc/nodepass/ca.pem or ca=system"), said);
    Texts.settings(CLIENT + "?host=a.example.com&ca=system", Map.of());
  }

  @Test
  void aClientHasOneKey() {
    String said = Texts.refusal(keyed(CLIENT, LONG) + "?key-file=/keys", Map.of());

    assertEquals("key and key-file: a client has one key; leave one of them out", said);
    Texts.settings(keyed(Texts.URL, LONG) + "?key-file=/keys", Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "client, '',          'or say who the server is by pin= or ca='",
    "server, '',          or give cert=",
    "client, cert,        'or say who the server is by pin= or ca='",
  })
  void aKeyThatCouldBeGuessedIsRefused(String role, String option, String way) {
    String url = keyed(role.equals("client") ? CLIENT : Texts.URL, SHORT);
    String said =
        Texts.refusal(option.isEmpty() ? url : url + "?cert=/a.crt&cert-key=/a.key", Map.of());

    assertTrue(said.startsWith("key: it has fewer than 20 characters"), said);
    assertTrue(said.endsWith("'nodepass key' prints a good one, " + way), said);
    assertFalse(said.contains(SHORT), said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "client://K@a:1/b:2?ca=system",
        "client://K@a:1/b:2?pin=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        "server://K@a:1/b:2?cert=/a.crt&cert-key=/a.key",
      })
  void aShortKeyWillDoWhereTheServerIsKnownOtherwise(String url) {
    assertTrue(Texts.settings(url.replace("K", SHORT), Map.of()).identity().hasKey());
  }

  @Test
  void theKeyOfTheEnvironmentHasToBeLongToo() {
    String said = Texts.refusal(CLIENT, Map.of("NODEPASS_KEY", SHORT));

    assertTrue(said.startsWith("key: it has fewer than 20 characters"), said);
    assertFalse(said.contains(SHORT), said);
  }

  @Test
  void aKeyFileIsAKeyToo() {
    Identity identity = Texts.settings(CLIENT + "?key-file=/keys&name=a", Map.of()).identity();

    assertTrue(identity.hasKey());
    assertEquals(Optional.of(Path.of("/keys")), identity.keyFile());
    assertFalse(Texts.settings(CLIENT, Map.of()).identity().hasKey());
  }
}
