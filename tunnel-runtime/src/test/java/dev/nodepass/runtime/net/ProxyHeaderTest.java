package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.core.impl.VertxInternal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProxyHeaderTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final Loop LOOP = new Loop(0, ((VertxInternal) VERTX).createEventLoopContext());

  /** Each header of version 2 begins with it. */
  private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

  private static final String V6_SOURCE = "20010db8000000000000000000000001";
  private static final String V6_DESTINATION = "20010db8000000000000000000000002";

  private final MemoryChannel channel = new MemoryChannel();
  private final List<String> told = new ArrayList<>();

  @AfterAll
  static void closeLoops() {
    VERTX.close();
  }

  private final class Told implements ProxyHeader.Reader {
    @Override
    public void header(
        Optional<InetSocketAddress> from, Optional<InetSocketAddress> to, Early rest) {
      told.add(text(from) + " -> " + text(to));
      told.add("rest " + NextStage.begin(channel, rest));
      assertFalse(channel.config().isAutoRead(), "reading is off");
    }

    @Override
    public void failed(String why) {
      told.add("failed: " + why);
      assertFalse(channel.isOpen());
    }
  }

  private static String text(Optional<InetSocketAddress> address) {
    return address.map(Addresses::text).orElse("?");
  }

  private static InetSocketAddress at(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  private static byte[] v1(String line) {
    return line.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] v2(String hex) {
    return HexFormat.of().parseHex(SIGNATURE + hex);
  }

  private void read() {
    ProxyHeader.read(LOOP, channel, Peer.PATIENCE, new Told());
    assertTrue(channel.config().isAutoRead());
  }

  private static Stream<Arguments> headers() {
    return Stream.of(
        Arguments.of(
            v1("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"), "192.0.2.1:56324 -> 192.0.2.2:443"),
        Arguments.of(
            v1("PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n"),
            "[2001:db8:0:0:0:0:0:1]:1 -> [2001:db8:0:0:0:0:0:2]:65535"),
        Arguments.of(
            v1("PROXY TCP6 ::ffff:192.0.2.1 ::ffff:192.0.2.2 1 2\r\n"),
            "192.0.2.1:1 -> 192.0.2.2:2"),
        Arguments.of(v1("PROXY UNKNOWN\r\n"), "? -> ?"),
        Arguments.of(v1("PROXY UNKNOWN 192.0.2.1 192.0.2.2 1 2\r\n"), "? -> ?"),
        Arguments.of(
            v2("2111000c" + "c0000201" + "c0000202" + "dc0401bb"),
            "192.0.2.1:56324 -> 192.0.2.2:443"),
        Arguments.of(
            v2("21210024" + V6_SOURCE + V6_DESTINATION + "dc0401bb"),
            "[2001:db8:0:0:0:0:0:1]:56324 -> [2001:db8:0:0:0:0:0:2]:443"),
        // LOCAL: the balancer's own health check.
        Arguments.of(v2("20000000"), "? -> ?"),
        // UNSPEC, with a family that is not known.
        Arguments.of(v2("21000000"), "? -> ?"),
        // With a name behind the addresses: PP2_TYPE_AUTHORITY.
        Arguments.of(
            v2("21110010" + "c0000201" + "c0000202" + "dc0401bb" + "02000161"),
            "192.0.2.1:56324 -> 192.0.2.2:443"));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void aHeaderIsReadWhereverItIsCut(byte[] header, String said) {
    byte[] rest = v1("GET /");
    byte[] stream = Arrays.copyOf(header, header.length + rest.length);
    System.arraycopy(rest, 0, stream, header.length, rest.length);
    for (int cut = 0; cut <= stream.length; cut++) {
      ProxyHeaderTest fresh = new ProxyHeaderTest();
      fresh.read();
      fresh.channel.says(Arrays.copyOfRange(stream, 0, cut));
      fresh.channel.says(Arrays.copyOfRange(stream, cut, stream.length));

      assertEquals(said, fresh.told.getFirst(), "cut at " + cut);
      assertEquals("rest GET /", fresh.told.get(1) + NextStage.later(fresh.channel));
      assertEquals(2, fresh.told.size());
      assertTrue(fresh.channel.isOpen());
    }
  }

  @ParameterizedTest
  @MethodSource("headers")
  void aHeaderIsReadByteByByte(byte[] header, String said) {
    read();
    for (byte one : header) {
      assertEquals(List.of(), told);
      channel.says(new byte[] {one});
    }

    assertEquals(List.of(said, "rest "), told);
  }

  @Test
  void theAddressOfASocketInTheFileSystemIsNoAddressOfTheNetwork() {
    String path = HexFormat.of().formatHex(v1("localhost"));
    read();
    channel.says(v2("213100d8" + path + "00".repeat(108 - 9) + path + "00".repeat(108 - 9)));

    assertEquals(List.of("? -> ?", "rest "), told);
  }

  private static Stream<byte[]> malformed() {
    return Stream.of(
        v1("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        v1("PROXY\r\n"),
        v1("PROXY TCP4\r\n"),
        v1("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"),
        v1("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"),
        v1("PROXY TCP4 example.com 192.0.2.2 1 2\r\n"),
        v1("PROXY TCP4 2001:db8::1 192.0.2.2 1 2\r\n"),
        v1("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n"),
        v1("PROXY TCP4 192.0.2.1 192.0.2.2 x 2\r\n"),
        v1("PROXY TCP9 192.0.2.1 192.0.2.2 1 2\r\n"),
        v1("PROXY TCP4 " + "1".repeat(120)),
        v2("1111000c" + "c0000201" + "c0000202" + "dc0401bb"),
        v2("2f11000c" + "c0000201" + "c0000202" + "dc0401bb"),
        v2("21110004" + "c0000201"));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void whatIsNoHeaderIsRefusedOnce(byte[] bytes) {
    read();
    channel.says(bytes);
    channel.pipeline().fireExceptionCaught(new java.io.IOException("reset"));

    assertEquals(List.of("failed: what came first is no such header"), told);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "PROXY TCP4 192.0"})
  void anEndBeforeTheHeaderIsTold(String before) {
    read();
    channel.says(before);
    channel.ends();

    assertEquals(List.of("failed: the connection ended before its header"), told);
  }

  @Test
  void aConnectionThatIsClosedIsTold() {
    read();
    channel.close();

    assertEquals(List.of("failed: the connection ended before its header"), told);
  }

  private static Stream<Arguments> addresses() {
    return Stream.of(
        Arguments.of("192.0.2.1", "192.0.2.2", "192.0.2.1:1 -> 192.0.2.2:65535"),
        Arguments.of(
            "2001:db8::1",
            "2001:db8::2",
            "[2001:db8:0:0:0:0:0:1]:1 -> [2001:db8:0:0:0:0:0:2]:65535"),
        Arguments.of("192.0.2.1", "2001:db8::2", "192.0.2.1:1 -> [2001:db8:0:0:0:0:0:2]:65535"),
        Arguments.of("2001:db8::1", "192.0.2.2", "[2001:db8:0:0:0:0:0:1]:1 -> 192.0.2.2:65535"),
        Arguments.of(
            "fe80::1%1", "fe80::2", "[fe80:0:0:0:0:0:0:1]:1 -> [fe80:0:0:0:0:0:0:2]:65535"));
  }

  private static byte[] written(
      int version, Optional<InetSocketAddress> from, Optional<InetSocketAddress> to) {
    MemoryChannel out = new MemoryChannel();
    ProxyHeader.write(out, version, from, to);
    return out.written();
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void whatIsWrittenIsRead(String from, String to, String said) {
    for (int version : new int[] {1, 2}) {
      ProxyHeaderTest fresh = new ProxyHeaderTest();
      fresh.read();
      fresh.channel.says(written(version, Optional.of(at(from, 1)), Optional.of(at(to, 65535))));

      assertEquals(List.of(said, "rest "), fresh.told);
    }
  }

  @Test
  void aUserWhoIsNotKnownIsWrittenAsSuch() {
    Optional<InetSocketAddress> known = Optional.of(at("192.0.2.1", 1));

    for (byte[] line :
        List.of(
            written(1, Optional.empty(), Optional.empty()),
            written(1, known, Optional.empty()),
            written(1, Optional.empty(), known))) {
      assertArrayEquals(v1("PROXY UNKNOWN\r\n"), line);
    }
    assertArrayEquals(v2("20000000"), written(2, Optional.empty(), Optional.empty()));
    assertArrayEquals(v2("20000000"), written(2, known, Optional.empty()));
  }

  @Test
  void theHeaderIsAsItsDocumentSays() {
    assertArrayEquals(
        v1("PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"),
        written(1, Optional.of(at("192.0.2.1", 56324)), Optional.of(at("192.0.2.2", 443))));
    assertArrayEquals(
        v2("2111000c" + "c0000201" + "c0000202" + "dc0401bb"),
        written(2, Optional.of(at("192.0.2.1", 56324)), Optional.of(at("192.0.2.2", 443))));
  }

  @Test
  void whatIsWrittenAfterwardsIsNotTouched() {
    ProxyHeader.write(channel, 1, Optional.empty(), Optional.empty());
    channel.write(io.netty.buffer.Unpooled.copiedBuffer(v1("GET /")));

    assertArrayEquals(v1("PROXY UNKNOWN\r\nGET /"), channel.written());
    assertEquals(List.of(), channel.pipeline().names().stream().filter("proxy"::equals).toList());
  }
}
