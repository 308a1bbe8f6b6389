package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.control.Signal.Remote;
import dev.nodepass.runtime.control.Signal.Traffic;
import dev.nodepass.runtime.control.SignalCodec.Decoded;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalCodecTest {
  private static Stream<Arguments> signals() {
    return Stream.of(
        Arguments.of(new Remote(1), "remote://1\n"),
        Arguments.of(new Remote(2495), "remote://2495\n"),
        Arguments.of(new Remote(65535), "remote://65535\n"),
        Arguments.of(new Launch(Traffic.TCP, "831ba1ac"), "tcp://831ba1ac\n"),
        Arguments.of(new Launch(Traffic.UDP, "24ae973b"), "udp://24ae973b\n"),
        Arguments.of(new Launch(Traffic.TCP, "x".repeat(64)), "tcp://" + "x".repeat(64) + "\n"));
  }

  @ParameterizedTest
  @MethodSource("signals")
  void aSignalIsALineBothWays(Signal signal, String line) {
    assertEquals(line, SignalCodec.encode(signal));
    assertEquals(new Decoded.Known(signal), SignalCodec.decode(line));
    assertEquals(
        new Decoded.Known(signal), SignalCodec.decode(line.substring(0, line.length() - 1)));
  }

  @ParameterizedTest
  @MethodSource("signals")
  void whiteSpaceAroundASignalDoesNotCount(Signal signal, String line) {
    assertEquals(new Decoded.Known(signal), SignalCodec.decode(" \t" + line.trim() + "\r"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\r",
        "\t \t",
        "hello",
        "remote",
        "remote:2495",
        "remote:/2495",
        "://",
        "://1",
        "ping://1",
        "http://x/y",
        "remote2://1",
        " tcp ://1",
        "\u0000"
      })
  void blankLinesAndUnknownSchemesAreIgnored(String line) {
    assertEquals(new Decoded.Ignored(), SignalCodec.decode(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "remote://",
        "remote://0",
        "remote://65536",
        "remote://-1",
        "remote://+1",
        "remote://1.0",
        "remote://http",
        "remote://123456",
        "remote://99999999999999999999",
        "remote://1/",
        "remote://host:1",
        "remote:// 1",
        "remote://٢",
        "tcp://",
        "udp://",
        "udp:// "
      })
  void aKnownSchemeWithNonsenseBehindItIsMalformed(String line) {
    assertInstanceOf(Decoded.Malformed.class, SignalCodec.decode(line));
  }

  @Test
  void anIdIsNotLongerThanOneMayKeep() {
    assertEquals(
        new Decoded.Malformed("a connection id of 65 characters"),
        SignalCodec.decode("tcp://" + "x".repeat(65)));
  }

  @Test
  void nonsenseNeverThrowsAndIsNotRepeated() {
    Random random = new Random(1);
    String alphabet = "remotcpud:/0123456789 \r\u001b\u00ff";
    for (int i = 0; i < 5000; i++) {
      StringBuilder line = new StringBuilder(i % 3 == 0 ? "remote://" : i % 3 == 1 ? "tcp://" : "");
      int length = random.nextInt(100);
      for (int j = 0; j < length; j++) {
        line.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      if (SignalCodec.decode(line.toString()) instanceof Decoded.Malformed(String what)) {
        assertFalse(what.contains("\u001b"), what);
      }
    }
  }
}
