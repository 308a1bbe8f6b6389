package dev.nodepass.runtime.relay.frame;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameDecoderTest {
  private static final UnpooledByteBufAllocator ALLOC = UnpooledByteBufAllocator.DEFAULT;

  /** What is written, and what of it is to be read. */
  sealed interface Frame {
    /** A piece of the stream. */
    record Data(String hex) implements Frame {}

    /** The end of a direction. */
    record Fin() implements Frame {}

    /** The end of both. */
    record Reset() implements Frame {}

    /** A flow. */
    record Flow(int id, String user) implements Frame {}

    /** A datagram. */
    record Datagram(int id, String hex) implements Frame {}

    /** The end of a flow. */
    record FlowEnd(int id) implements Frame {}

    /** One that nobody knows. */
    record Unknown(int type, String hex) implements Frame {}

    /** None. */
    record Malformed(String what) implements Frame {}
  }

  private static ByteBuf written(Frame frame) {
    return switch (frame) {
      case Frame.Data(String hex) -> {
        byte[] bytes = bytes(hex);
        ByteBuf header = Frames.dataHeader(ALLOC, bytes.length);
        yield Unpooled.wrappedBuffer(header, Unpooled.wrappedBuffer(bytes));
      }
      case Frame.Fin fin -> Frames.fin();
      case Frame.Reset reset -> Frames.reset();
      case Frame.Flow(int id, String user) -> Frames.flow(ALLOC, id, user);
      case Frame.Datagram(int id, String hex) -> Frames.datagram(ALLOC, id, bytes(hex));
      case Frame.FlowEnd(int id) -> Frames.flowEnd(ALLOC, id);
      case Frame.Unknown(int type, String hex) -> {
        byte[] bytes = bytes(hex);
        yield Unpooled.buffer().writeByte(type).writeMedium(bytes.length).writeBytes(bytes);
      }
      case Frame.Malformed none -> throw new IllegalArgumentException("not to be written");
    };
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static byte[] stream(List<Frame> frames) {
    ByteBuf stream = Unpooled.buffer();
    for (Frame frame : frames) {
      ByteBuf bytes = written(frame);
      stream.writeBytes(bytes);
      bytes.release();
    }
    return ByteBufUtil.getBytes(stream);
  }

  /** Frames as the receiver sees them: data is one stream, unknown frames are not there. */
  private static List<Frame> seen(List<Frame> frames) {
    Heard heard = new Heard(Integer.MAX_VALUE);
    for (Frame frame : frames) {
      switch (frame) {
        case Frame.Unknown unknown -> {}
        case Frame.Data(String hex) when hex.isEmpty() -> {}
        default -> heard.add(frame);
      }
    }
    return heard.frames;
  }

  /** Writes down what it is told, and has the decoder stop after so many. */
  private static final class Heard implements FrameDecoder.Sink {
    private final FrameDecoder decoder = new FrameDecoder(this);
    private final List<Frame> frames = new ArrayList<>();
    private final int stopAfter;
    private int calls;

    Heard(int stopAfter) {
      this.stopAfter = stopAfter;
    }

    void add(Frame frame) {
      if (frame instanceof Frame.Data(String more)
          && !frames.isEmpty()
          && frames.getLast() instanceof Frame.Data(String hex)) {
        frames.set(frames.size() - 1, new Frame.Data(hex + more));
      } else {
        frames.add(frame);
      }
      if (++calls == stopAfter) {
        decoder.stop();
      }
    }

    @Override
    public void data(ByteBuf piece) {
      String hex = ByteBufUtil.hexDump(piece);
      piece.release();
      add(new Frame.Data(hex));
    }

    @Override
    public void fin() {
      add(new Frame.Fin());
    }

    @Override
    public void reset() {
      add(new Frame.Reset());
    }

    @Override
    public void flow(int id, String user) {
      add(new Frame.Flow(id, user));
    }

    @Override
    public void datagram(int id, byte[] payload) {
      add(new Frame.Datagram(id, HexFormat.of().formatHex(payload)));
    }

    @Override
    public void flowEnd(int id) {
      add(new Frame.FlowEnd(id));
    }

    @Override
    public void malformed(String what) {
      add(new Frame.Malformed(what));
    }

    /** Gives it the bytes as one read; how many of them are left. */
    int read(byte[] bytes) {
      ByteBuf buffer = ALLOC.directBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
      decoder.read(buffer);
      int left = buffer.readableBytes();
      assertEquals(1, buffer.refCnt(), "all that was retained was released");
      buffer.release();
      return left;
    }
  }

  private static List<Frame> read(byte[] stream) {
    Heard heard = new Heard(Integer.MAX_VALUE);
    heard.read(stream);
    return heard.frames;
  }

  private static Arbitrary<String> hex(int most) {
    return Arbitraries.bytes()
        .array(byte[].class)
        .ofMaxSize(most)
        .map(bytes -> HexFormat.of().formatHex(bytes));
  }

  private static Arbitrary<Integer> unknownTypes() {
    return Arbitraries.oneOf(Arbitraries.just(0), Arbitraries.integers().between(7, 255));
  }

  @Provide
  static Arbitrary<List<Frame>> frames() {
    Arbitrary<Integer> ids = Arbitraries.integers();
    Arbitrary<Frame> any =
        Arbitraries.frequencyOf(
            Tuple.of(4, hex(300).map(Frame.Data::new)),
            Tuple.of(1, Arbitraries.just(new Frame.Fin())),
            Tuple.of(1, Arbitraries.just(new Frame.Reset())),
            Tuple.of(
                1,
                Combinators.combine(
                        ids, Arbitraries.of("10.0.0.1:5", "[2001:db8::1]:65535", "x", ""))
                    .as(Frame.Flow::new)),
            Tuple.of(3, Combinators.combine(ids, hex(100)).as(Frame.Datagram::new)),
            Tuple.of(1, ids.map(Frame.FlowEnd::new)),
            Tuple.of(1, Combinators.combine(unknownTypes(), hex(40)).as(Frame.Unknown::new)));
    return any.list().ofMaxSize(12);
  }

  @Property
  void whateverIsWrittenIsReadHoweverItIsCut(
      @ForAll("frames") List<Frame> frames,
      @ForAll List<@IntRange(min = 1, max = 200) Integer> cuts) {
    byte[] stream = stream(frames);
    Heard heard = new Heard(Integer.MAX_VALUE);
    int at = 0;
    for (int cut : cuts) {
      int end = Math.min(stream.length, at + cut);
      assertEquals(0, heard.read(Arrays.copyOfRange(stream, at, end)));
      at = end;
    }
    heard.read(Arrays.copyOfRange(stream, at, stream.length));

    assertEquals(seen(frames), heard.frames);
  }

  @Property(tries = 100)
  void byteByByteIsTheSame(@ForAll("frames") List<Frame> frames) {
    Heard heard = new Heard(Integer.MAX_VALUE);
    for (byte one : stream(frames)) {
      heard.read(new byte[] {one});
    }

    assertEquals(seen(frames), heard.frames);
  }

  @Property
  void afterAStopTheRestIsLeftAndAnotherDecoderReadsOn(
      @ForAll("frames") List<Frame> frames, @ForAll @IntRange(min = 1, max = 12) int stopAfter) {
    byte[] stream = stream(frames);
    Heard first = new Heard(stopAfter);
    int left = first.read(stream);
    Heard second = new Heard(Integer.MAX_VALUE);
    second.read(Arrays.copyOfRange(stream, stream.length - left, stream.length));

    assertEquals(left, first.read(Arrays.copyOfRange(stream, stream.length - left, stream.length)));
    List<Frame> both = new ArrayList<>(first.frames);
    both.addAll(second.frames);
    assertEquals(seen(frames), seen(both));
  }

  @Property
  void garbageIsNeverWorseThanMalformed(@ForAll byte[] garbage, @ForAll byte[] more) {
    Heard heard = new Heard(Integer.MAX_VALUE);
    heard.read(garbage);
    heard.read(more);

    long malformed = heard.frames.stream().filter(Frame.Malformed.class::isInstance).count();
    assertEquals(
        malformed > 0,
        !heard.frames.isEmpty() && heard.frames.getLast() instanceof Frame.Malformed);
  }

  @Test
  void framesAreAsInTheDocument() {
    assertEquals(
        "01000003616263"
            + "02000000"
            + "03000000"
            + "0400000eff00000131302e302e302e313a35"
            + "05000006000000026869"
            + "0600000400000003",
        HexFormat.of()
            .formatHex(
                stream(
                    List.of(
                        new Frame.Data("616263"),
                        new Frame.Fin(),
                        new Frame.Reset(),
                        new Frame.Flow(0xff000001, "10.0.0.1:5"),
                        new Frame.Datagram(2, "6869"),
                        new Frame.FlowEnd(3)))));
  }

  @Test
  void aDataFrameOfTheLargestLengthIsPassedOnAsItComes() {
    assertEquals(List.of(new Frame.Data("aabbcc")), read(bytes("01ffffff" + "aabbcc")));
    assertEquals("01ffffff", ByteBufUtil.hexDump(Frames.dataHeader(ALLOC, (1 << 24) - 1)));
  }

  @Test
  void aLongerDataFrameCannotBeWritten() {
    assertThrows(IllegalArgumentException.class, () -> Frames.dataHeader(ALLOC, 1 << 24));
  }

  @Test
  void anEmptyDataFrameIsNothing() {
    assertEquals(List.of(new Frame.Fin()), read(bytes("01000000" + "01000000" + "02000000")));
  }

  @Test
  void theFrameOfAnEndMayBeReadAgainAndAgain() {
    for (int i = 0; i < 3; i++) {
      ByteBuf fin = Frames.fin();
      assertEquals("02000000", ByteBufUtil.hexDump(fin));
      fin.skipBytes(4);
      fin.release();
      assertEquals("03000000", ByteBufUtil.hexDump(Frames.reset()));
    }
  }

  @Test
  void theLargestDatagramIsReadAndALargerOneIsRefused() {
    Frame.Datagram largest = new Frame.Datagram(1, "ab".repeat(65_507));

    assertEquals(List.of(largest), read(stream(List.of(largest))));
    assertEquals(
        List.of(new Frame.Malformed("a frame of type 5 with 65512 bytes")),
        read(stream(List.of(new Frame.Datagram(1, "ab".repeat(65_508))))));
  }

  @ParameterizedTest
  @CsvSource({
    "02000001, 2, 1",
    "03000001, 3, 1",
    "02ffffff, 2, 16777215",
    "04000000, 4, 0",
    "04000003, 4, 3",
    "05000003, 5, 3",
    "06000003, 6, 3",
    "04ffffff, 4, 16777215",
    "06010000, 6, 65536",
  })
  void aLengthThatItsTypeDoesNotAllowIsMalformedBeforeItsPayloadComes(
      String header, int type, int length) {
    Heard heard = new Heard(Integer.MAX_VALUE);
    int left = heard.read(bytes(header + "0102030405"));

    assertEquals(
        List.of(new Frame.Malformed("a frame of type %d with %d bytes".formatted(type, length))),
        heard.frames);
    assertEquals(5, left);
    assertEquals(4, heard.read(bytes("02000000")), "nothing more is read");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "07", "40", "ff"})
  void framesOfUnknownTypesAreSkippedWhateverTheirLength(String type) {
    Heard heard = new Heard(Integer.MAX_VALUE);
    heard.read(bytes(type + "000000"));
    heard.read(bytes(type + "0000ff"));
    heard.read(new byte[200]);
    heard.read(new byte[55]);
    heard.read(bytes("02000000"));

    assertEquals(List.of(new Frame.Fin()), heard.frames);
  }

  @Test
  void theAddressOfAUserIsShortAndHarmlessToATerminal() {
    byte[] odd = "a\u001b[31m b\n".getBytes(StandardCharsets.US_ASCII);

    assertEquals(
        List.of(new Frame.Flow(1, "a?[31m?b?"), new Frame.Flow(2, "x".repeat(64))),
        read(
            bytes(
                "0400000d00000001"
                    + HexFormat.of().formatHex(odd)
                    + "0400006800000002"
                    + "78".repeat(100))));
  }

  @Test
  void aStopInTheMiddleOfADatagramDropsWhatWasCollected() {
    Heard heard = new Heard(Integer.MAX_VALUE);
    heard.read(bytes("0500000600000001" + "68"));
    heard.decoder.stop();
    heard.decoder.stop();

    assertEquals(1, heard.read(bytes("69")));
    assertEquals(List.of(), heard.frames);
  }
}
