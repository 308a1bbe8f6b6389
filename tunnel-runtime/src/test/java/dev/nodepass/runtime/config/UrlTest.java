package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The URL as a whole. */
class UrlTest {
  @ParameterizedTest
  @CsvSource({
    "SERVER://10.1.0.1:1/127.0.0.1:2,        SERVER",
    "Client://10.1.0.1:1/127.0.0.1:2,        CLIENT",
    "server://[::]:1/[::1]:2,                SERVER",
    "server://:1/:2,                         SERVER",
    "server://:0/:0,                         SERVER",
    "server://10.0.0.1:80/10.0.0.2:80,       SERVER",
    "client://10.0.0.1:80/10.0.0.1:80,       CLIENT",
    "server://a:1/b:2?,                      SERVER",
    "server://a:1/b:2?&log=warn&,            SERVER",
    "server://a:1/b:2?http=[::1]:9000,       SERVER",
    "server://a:1/b:2?l%6Fg=w%61rn,          SERVER",
  })
  void isAccepted(String url, Role role) {
    assertEquals(role, Texts.settings(url, Map.of()).role());
  }

  @ParameterizedTest
  @CsvSource({
    "'',                               URL:",
    "server,                           URL:",
    "server:/a:1/b:2,                  URL:",
    "a:1/b:2,                          URL:",
    "://a:1/b:2,                       URL scheme:",
    "http://a:1/b:2,                   URL scheme:",
    "servers://a:1/b:2,                URL scheme:",
    "' server://a:1/b:2',              URL scheme:",
    "server://,                        tunnel address:",
    "server:///b:2,                    tunnel address:",
    "server://a/b:2,                   tunnel address:",
    "server://a:1,                     target address: it is missing",
    "server://a:1/,                    target address: it is missing",
    "server://a:1?log=info,            target address: it is missing",
    "server://a:1/b,                   target address:",
    "server://a:1//b:2,                target address:",
    "server://a:1/b:2/,                target address:",
    "server://a:1/b:2/c,               target address:",
    "server://a:1/b:65536,             target address:",
    "server://a:1/a:1,                 target address:",
    "server://:1/127.0.0.1:1,                  target address:",
    "server://a:1/0.0.0.0:1,           target address:",
    "client://a:0/b:2,                 tunnel address:",
    "client://a:1/b:0,                 target address:",
    "server://a:1/b:2#,                URL:",
    "server://a:1/b:2#part,            URL:",
    "server://a:1/b:2?log=info#part,   URL:",
    "server://a:1/b:2?log=%,           URL option:",
    "server://a:1/b:2?log=%4,          URL option:",
    "server://a:1/b:2?log=%zz,         URL option:",
    "server://a:1/b:2?%-1=x,           URL option:",
    "server://a:1/b:2?log=info&log=info, URL option: 'log' is not valid: it must be given once",
    "server://a:1/b:2?min=1&m%69n=2,   URL option: 'min' is not valid: it must be given once",
    "server://a:1/b:2?LOG=info,        URL option: 'LOG'",
    "server://a:1/b:2?=info,           URL option: ''",
    "server://a:1/b:2?log=info?x=y&z,  URL option: 'z'",
    "server://a:1/b:2?min,             URL option min: ''",
    "server://a:1/b:2?min=+5,          URL option min: '+5'",
  })
  void isRefusedNamingThePartThatIsWrong(String url, String start) {
    String said = Texts.refusal(url, Map.of());

    assertTrue(said.startsWith(start), said);
    assertTrue(said.contains("for example "), said);
  }

  @ParameterizedTest
  @CsvSource({
    "lgo, log",
    "LOG, log",
    "loglevel, log",
    "logformat, log-format",
    "mod, mode",
    "remotes, remote",
    "mim, min",
    "MIN_POOL_CAPACITY, min",
    "max_pool_capacity, max",
    "semafore, semaphore",
    "semaphore_limit, semaphore",
    "udpbuffer, udp-buffer",
    "udp_timeout, udp-timeout",
    "intervall, interval",
    "report-interval, interval",
    "cool-down, cooldown",
    "shutdwon, shutdown",
    "draindelay, drain-delay",
    "https, http",
  })
  void theNearestOptionIsOffered(String typed, String meant) {
    assertEquals(meant, NearestName.of(typed).query());
    assertTrue(
        Texts.refusal(Texts.URL + "?" + typed + "=1", Map.of())
            .contains("did you mean '" + meant + "'?"));
  }

  @ParameterizedTest
  @CsvSource({"'','',0", "abc,'',3", "'',abc,3", "kitten,sitting,3", "log,log,0", "log,lgo,2"})
  void theDistanceIsTheFewestEdits(String one, String other, int edits) {
    assertEquals(edits, NearestName.distance(one, other));
  }

  @Test
  void aKeyIsNotRepeated() {
    assertFalse(Texts.refusal("server://s3cret@a:1/b:2", Map.of()).contains("s3cret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"server://a:1/", "client://a:1"})
  void theExampleForAMissingTargetIsTheUrlMadeRight(String url) {
    String said = Texts.refusal(url, Map.of());

    String example = said.substring(said.indexOf(", for example ") + ", for example ".length());
    assertEquals(url.substring(0, 12) + "/127.0.0.1:8080", example);
    Texts.settings(example, Map.of());
  }
}
