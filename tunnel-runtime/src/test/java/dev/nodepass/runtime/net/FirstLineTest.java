package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FirstLineTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Loop LOOP = new Loop(0, ((VertxInternal) VERTX).createEventLoopContext());
  private static final int LONGEST = 10;

  private final MemoryChannel channel = new MemoryChannel();
  private final List<String> told = new ArrayList<>();

  @AfterAll
  static void closeLoops() {
    VERTX.close();
  }

  private final class Told implements FirstLine.Reader {
    @Override
    public void line(String line, Early rest) {
      told.add("line " + line);
      told.add("rest " + NextStage.begin(channel, rest));
      assertFalse(channel.config().isAutoRead(), "reading is off");
    }

    @Override
    public void failed(FirstLine.Failure failure) {
      told.add("failed " + failure);
    }
  }

  private static ByteBuf buffer(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  private void read(Early before) {
    FirstLine.read(LOOP, channel, before, LONGEST, Duration.ZERO, new Told());
  }

  private void read() {
    read(Early.NOTHING);
  }

  /** It was told once, and the channel is closed. */
  private static void assertFailed(FirstLineTest test, FirstLine.Failure failure) {
    assertEquals(List.of("failed " + failure), test.told);
    assertFalse(test.channel.isOpen());
  }

  @Test
  void aLineIsReadAndWhatComesBehindItIsHandedOn() {
    read();
    assertTrue(channel.config().isAutoRead());
    channel.says("hello\nworld\n");

    assertEquals(List.of("line hello", "rest world\n"), told);
    assertTrue(channel.isOpen());
  }

  @Test
  void itDoesNotMatterHowItIsCut() {
    String stream = "hello\nworld";
    for (int first = 0; first <= stream.length(); first++) {
      for (int second = first; second <= stream.length(); second++) {
        FirstLineTest fresh = new FirstLineTest();
        fresh.read();
        fresh.channel.says(stream.substring(0, first));
        fresh.channel.says(stream.substring(first, second));
        fresh.channel.says(stream.substring(second));

        assertEquals("line hello", fresh.told.getFirst());
        assertEquals(
            "rest world", fresh.told.get(1) + NextStage.later(fresh.channel), "cut at " + first);
        assertEquals(2, fresh.told.size());
      }
    }
  }

  @Test
  void whatWasReadBeforeComesFirst() {
    read(new Early(List.of(buffer("he"), buffer("llo")), /* inputEnded= */ false));
    channel.says("!\nrest");

    assertEquals(List.of("line hello!", "rest rest"), told);
  }

  @Test
  void aLineThatWasReadBeforeIsToldAtOnceWithTheEndBehindIt() {
    read(
        new Early(List.of(buffer("hello\nwor"), buffer("ld"), buffer("")), /* inputEnded= */ true));

    assertEquals(List.of("line hello", "rest world<end>"), told);
  }

  @Test
  void anEmptyLineIsALine() {
    read();
    channel.says("\n");

    assertEquals(List.of("line ", "rest "), told);
  }

  @Test
  void aLineOfTheGreatestLengthIsReadAndALongerOneIsNot() {
    read();
    channel.says("1234567890\n");
    assertEquals(List.of("line 1234567890", "rest "), told);

    FirstLineTest longer = new FirstLineTest();
    longer.read();
    longer.channel.says("12345678901\n");
    assertFailed(longer, FirstLine.Failure.TOO_LONG);
  }

  @Test
  void aLineIsTooLongBeforeItsEndCame() {
    read();
    channel.says("12345");
    channel.says("678901");

    assertFailed(this, FirstLine.Failure.TOO_LONG);
  }

  @Test
  void aLineReadBeforeMayBeTooLongToo() {
    ByteBuf behind = buffer("more\n");
    read(new Early(List.of(buffer("12345678901"), behind), /* inputEnded= */ true));

    assertFailed(this, FirstLine.Failure.TOO_LONG);
    assertEquals(0, behind.refCnt());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hel"})
  void anEndBeforeTheLineIsTold(String before) {
    read();
    channel.says(before);
    channel.ends();

    assertFailed(this, FirstLine.Failure.CLOSED);
  }

  @Test
  void anEndThatWasReadBeforeIsTold() {
    read(new Early(List.of(buffer("hel")), /* inputEnded= */ true));

    assertFailed(this, FirstLine.Failure.CLOSED);
  }

  @Test
  void aConnectionThatIsClosedIsTold() {
    read();
    channel.close();

    assertFailed(this, FirstLine.Failure.CLOSED);
  }

  @Test
  void aConnectionThatBreaksIsTold() {
    read();
    channel.pipeline().fireExceptionCaught(new java.io.IOException("reset"));

    assertFailed(this, FirstLine.Failure.CLOSED);
  }

  /** What may come after a failure. */
  enum Afterwards {
    END,
    CLOSE,
    BREAK
  }

  @ParameterizedTest
  @EnumSource
  void aFailureIsToldOnce(Afterwards afterwards) {
    read();
    channel.says("12345678901");
    switch (afterwards) {
      case END -> channel.ends();
      case CLOSE -> channel.close();
      case BREAK -> channel.pipeline().fireExceptionCaught(new java.io.IOException("reset"));
    }

    assertFailed(this, FirstLine.Failure.TOO_LONG);
  }

  @Test
  void bytesThatAreNoAsciiAreKeptAsTheyAre() {
    read();
    channel.says("\u00fc\u0000\r\n");

    assertEquals("line \u00fc\u0000\r", told.getFirst());
  }
}
