package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is wrong with a URL, what is said of it has nothing of its key. */
class HiddenKeyTest {
  private static final String KEY = "s3cr3t-Key-value-0123456789";

  private static void assertHidden(String said) {
    for (int i = 0; i + 6 <= KEY.length(); i++) {
      assertFalse(said.contains(KEY.substring(i, i + 6)), said);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "K@a:1/b:2",
        "sever://K@a:1/b:2",
        "://K@a:1/b:2",
        "server:/K@a:1/b:2",
        "server//K@a:1/b:2",
        "server://K@",
        "server://K@/",
        "server://K@a/b",
        "server://K@a:99999/b:2",
        "server://K@a:1",
        "server://K@a:1/",
        "server://K@a:1/b",
        "server://K@a:1/b:x",
        "server://K@@a:1/b:x",
        "server://x@K@a:1/b:x",
        "server://x:K@a:1/b:x",
        "server://K%@a:1/b:2",
        "server://K%zz@a:1/b:2",
        "server://K%0a@a:1/b:2",
        "server://K\u0007@a:1/b:2",
        "server://K @a:1/b:2",
        "server://K@a:1/b:2#x",
        "server://K@a:1/b:2?lgo=debug",
        "server://K@a:1/b:2?min=x",
        "server://K@a:1/b:2?min=1&min=2",
        "server://K@a:1,b:2/c:3",
        "client://K@a:0/b:2",
        "client://K@a:1,a:1/b:2",
        "client://a:1/b:2?min=K@x",
        "client://K/@a:1/b",
        "client://K?@a:1/b",
      })
  void isInNoRefusal(String url) {
    assertHidden(Texts.refusal(url.replace("K", KEY), Map.of()));
  }

  @Test
  void isNotInWhatIsLogged() {
    Settings settings = Texts.settings("server://" + KEY + "@a:1/b:2?log=debug", Map.of());

    assertEquals("server://***@a:1/b:2?log=debug", settings.url());
    assertHidden(settings.toString());
  }

  @Test
  void isNotInTheRefusalOfAVariable() {
    assertHidden(Texts.refusal(Texts.URL, Map.of("NODEPASS_KEY", KEY + " " + KEY)));
  }
}
