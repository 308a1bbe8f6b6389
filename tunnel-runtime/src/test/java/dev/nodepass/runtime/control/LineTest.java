package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineTest {
  private static Line parsed(String text) {
    return Line.parse(text).orElseThrow(() -> new AssertionError("no line: " + text));
  }

  private static String written(Line line) {
    String text = line.text();
    assertTrue(text.endsWith("\n"), text);
    return text.substring(0, text.length() - 1);
  }

  @Test
  void isAUrlWithItsParametersInTheirOrder() {
    assertEquals(
        "a://b?z=1&y=2&x=3\n",
        Line.of("a", "b").with("z", "1").with("y", "2").with("x", "3").text());
  }

  @Test
  void hasNoQuestionMarkWithoutParameters() {
    assertEquals("ok://\n", Line.of("ok", "").text());
  }

  @Test
  void oneParameterMoreLeavesTheLineBeforeAsItWas() {
    Line before = Line.of("a", "b");

    before.with("c", "d");

    assertEquals("a://b\n", before.text());
  }

  @ParameterizedTest
  @CsvSource({
    "%, %25",
    "&, %26",
    "=, %3d",
    "#, %23",
    "' ', %20",
    "ü, %c3%bc",
    "€, %e2%82%ac",
    "😀, %f0%9f%98%80",
  })
  void whatHasAMeaningOrIsNoPrintableAsciiIsEncoded(String value, String encoded) {
    assertEquals("a://?b=" + encoded + "\n", Line.of("a", "").with("b", value).text());
    assertEquals(Optional.of(value), parsed("a://?b=" + encoded).parameter("b"));
  }

  @Test
  void controlCharactersAreEncoded() {
    assertEquals(
        "a://?b=%00%09%0a%0d%1b%7f\n", Line.of("a", "").with("b", "\0\t\n\r\u001b\u007f").text());
  }

  @Test
  void allElseStandsAsItIs() {
    String plain = "azAZ09!\"$'()*+,-./:;<>?@[\\]^_`{|}~";

    assertEquals("a://?b=" + plain + "\n", Line.of("a", "").with("b", plain).text());
    assertEquals(Optional.of(plain), parsed("a://?b=" + plain).parameter("b"));
  }

  @Test
  void hexDigitsOfBothCasesAreRead() {
    assertEquals(Optional.of("üÜ"), parsed("a://?b=%C3%bc%c3%9C").parameter("b"));
  }

  @Test
  void everyByteMayBeEncoded() {
    assertEquals(Optional.of("abc"), parsed("a://?b=%61%62c").parameter("b"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "a%", "%4", "%g0", "%0g", "%-1", "%+1", "% 1", "%%41", "41%"})
  void aBrokenEncodingMakesItNoLine(String value) {
    assertEquals(Optional.empty(), Line.parse("a://?b=" + value));
    assertEquals(Optional.empty(), Line.parse("a://?b=" + value + "&c=d"));
  }

  @Test
  void bytesThatAreNoUtf8AreReplaced() {
    assertEquals(Optional.of("\ufffd"), parsed("a://?b=%ff").parameter("b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "a:",
        "a:/",
        "a:/b",
        "://",
        "://b",
        "a//b",
        "a://b\tc",
        "a://\u00fc",
        "\n"
      })
  void isNoneWithoutASchemeOrWithOtherThanPrintableAscii(String text) {
    assertEquals(Optional.empty(), Line.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "a://,            a, ''",
    "a://?,           a, ''",
    "a://b,           a, b",
    "a://b?,          a, b",
    "a://b://c,       a, b://c",
    "a://b/c?d=e?f,   a, b/c",
    "a ://b,          'a ', b",
    "a://%41,         a, %41",
  })
  void theBodyReachesToTheFirstQuestionMark(String text, String scheme, String body) {
    Line line = parsed(text);

    assertEquals(scheme, line.scheme());
    assertEquals(body, line.body());
  }

  @Test
  void whatIsNoPairOrHasNoNameIsSkipped() {
    assertEquals(
        Map.of("b", "1", "c", "", "d", "x=y"), parsed("a://?&b=1&&e&=f&c=&d=x=y&").query());
  }

  @Test
  void ofAParameterThatComesTwiceTheLastCounts() {
    assertEquals(Map.of("b", "2"), parsed("a://?b=1&b=2").query());
  }

  @Provide
  static Arbitrary<String> texts() {
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(3, Arbitraries.integers().between(0, 0x7f)),
            net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(0, 0x10ffff)))
        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
        .list()
        .ofMaxSize(40)
        .map(LineTest::text);
  }

  private static String text(List<Integer> codePoints) {
    StringBuilder text = new StringBuilder();
    codePoints.forEach(text::appendCodePoint);
    return text.toString();
  }

  @Property
  void everyTextComesBackAsItWas(@ForAll("texts") String one, @ForAll("texts") String two) {
    Line line = Line.of("scheme", "body").with("one", one).with("two", two);
    String written = written(line);

    assertTrue(written.chars().allMatch(c -> c > ' ' && c < 0x7f), written);
    assertEquals(line, parsed(written));
  }

  @Property
  void garbageIsNeverWorseThanNoLine(@ForAll("texts") String text, @ForAll String other) {
    for (String each : List.of(text, other, "a://b?" + text, "a://" + text, "a://b?c=%" + text)) {
      // Whatever is read can be written, and is the same when it is read again.
      Line.parse(each)
          .filter(l -> l.query().keySet().stream().noneMatch(n -> n.indexOf('=') >= 0))
          .ifPresent(line -> assertEquals(line, parsed(written(line))));
    }
  }
}
