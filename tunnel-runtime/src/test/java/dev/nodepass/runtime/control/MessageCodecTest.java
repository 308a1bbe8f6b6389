package dev.nodepass.runtime.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.control.MessageCodec.Decoded;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageCodecTest {
  private static final String I = Messages.INSTANCE;
  private static final String N = Messages.NONCE;
  private static final String H = Messages.HASH;

  private static Message known(String line) {
    return assertInstanceOf(Decoded.Known.class, MessageCodec.decode(line), line).message();
  }

  private static String malformed(String line) {
    return assertInstanceOf(Decoded.Malformed.class, MessageCodec.decode(line), line).what();
  }

  private static Stream<Arguments> lines() {
    return Stream.of(
        Arguments.of(new Message.Server(I, 2, Optional.of(N)), "server://" + I + "?v=2&nonce=" + N),
        Arguments.of(Messages.CLIENT, "client://" + I + "?v=2&nonce=" + N),
        Arguments.of(
            new Message.Client(
                I,
                2,
                N,
                Optional.of("alice"),
                Optional.of(H),
                Optional.of(SessionMode.FORWARD),
                /* plain= */ true),
            "client://%s?v=2&nonce=%s&name=alice&proof=%s&mode=forward&data=plain"
                .formatted(I, N, H)),
        Arguments.of(
            Messages.SESSION,
            "session://s1?secret=" + H + "&interval=5000ms&mode=reverse&data=tls&peers=1"),
        Arguments.of(
            new Message.Session(
                "s.2",
                H,
                Duration.ofMillis(250),
                SessionMode.FORWARD,
                /* plain= */ true,
                /* peers= */ 3,
                Optional.of(H)),
            "session://s.2?secret=%s&interval=250ms&mode=forward&data=plain&peers=3&proof=%s"
                .formatted(H, H)),
        Arguments.of(Messages.REFUSED, "refused://limit?text=it%20is%20full"),
        Arguments.of(new Message.Ping(7), "ping://7"),
        Arguments.of(new Message.Pong(7), "pong://7"),
        Arguments.of(new Message.Pool(16, 3), "pool://16?waiting=3"),
        Arguments.of(new Message.Drain(Duration.ofSeconds(30)), "drain://?grace=30000ms"),
        Arguments.of(new Message.Drained(), "drained://"),
        Arguments.of(new Message.Certificate(H), "cert://" + H),
        Arguments.of(new Message.Peers(3), "peers://3"),
        Arguments.of(new Message.DataOpen(), "data://"),
        Arguments.of(new Message.Data("s1", 12, H), "data://s1/12?ticket=" + H),
        Arguments.of(new Message.Tcp("u1", Optional.empty(), Optional.empty()), "tcp://u1"),
        Arguments.of(
            new Message.Tcp("u1", Optional.of("10.0.0.1:5"), Optional.of("[2001:db8::1]:443")),
            "tcp://u1?from=10.0.0.1:5&to=[2001:db8::1]:443"),
        Arguments.of(new Message.Udp("3"), "udp://3"),
        Arguments.of(new Message.Ok(), "ok://"),
        Arguments.of(new Message.Failed("timeout"), "failed://?reason=timeout"));
  }

  @ParameterizedTest
  @MethodSource("lines")
  void aMessageIsTheLineOfTheDocument(Message message, String line) {
    assertEquals(line + "\n", MessageCodec.encode(message));
    assertEquals(message, known(line));
  }

  @Provide
  static Arbitrary<Message> messages() {
    return Messages.any();
  }

  @Property
  void everyMessageComesBackAsItWasInALineThatIsNotTooLong(@ForAll("messages") Message message) {
    String line = Messages.line(message);

    assertEquals(message, known(line));
    assertTrue(line.length() <= SignalCodec.LONGEST_LINE, line);
    assertTrue(line.chars().allMatch(c -> c > ' ' && c < 0x7f), line);
  }

  @Property
  void unknownParametersDoNotMatterWhereverTheyStand(@ForAll("messages") Message message) {
    String line = Messages.line(message);
    int mark = line.indexOf('?');
    String more =
        mark < 0
            ? line + "?new=%41&other&third="
            : line.substring(0, mark + 1) + "new=1&" + line.substring(mark + 1) + "&other=%20";

    assertEquals(message, known(more));
  }

  @Test
  void theNameOnADataConnectionHasNeitherVersionNorNonce() {
    assertEquals(new Message.Server(I, 2, Optional.empty()), known("server://" + I));
  }

  @ParameterizedTest
  @CsvSource({
    "server://X,                              no instance",
    "server://,                               no instance",
    "server://I0?v=2&nonce=N,                 no instance",
    "server://I?v=&nonce=N,                   no number",
    "server://I?v=two&nonce=N,                no number",
    "server://I?v=2&nonce=,                   a malformed nonce",
    "server://I?v=2&nonce=N0,                 a malformed nonce",
    "server://I?v=2&nonce=Z,                  a malformed nonce",
    "client://X?v=2&nonce=N,                  no instance",
    "client://I?nonce=N,                      no number",
    "client://I?v=-2&nonce=N,                 no number",
    "client://I?v=2,                          no nonce",
    "client://I?v=2&nonce=N&name=,            a malformed name",
    "client://I?v=2&nonce=N&name=a%20b,       a malformed name",
    "client://I?v=2&nonce=N&name=a%00,        a malformed name",
    "client://I?v=2&nonce=N&name=%c3%bc,      a malformed name",
    "client://I?v=2&nonce=N&proof=,           a malformed proof",
    "client://I?v=2&nonce=N&proof=H0,         a malformed proof",
    "client://I?v=2&nonce=N&mode=both,        no mode",
    "client://I?v=2&nonce=N&mode=,            no mode",
    "client://I?v=2&nonce=N&mode=REVERSE,     no mode",
    "session://?secret=H&interval=1ms&mode=reverse,       no id",
    "session://a/b?secret=H&interval=1ms&mode=reverse,    no id",
    "session://s?interval=1ms&mode=reverse,               no secret",
    "session://s?secret=I&interval=1ms&mode=reverse,      no secret",
    "session://s?secret=H&mode=reverse,                   no interval",
    "session://s?secret=H&interval=1&mode=reverse,        no interval",
    "session://s?secret=H&interval=1s&mode=reverse,       no interval",
    "session://s?secret=H&interval=ms&mode=reverse,       no number",
    "session://s?secret=H&interval=-1ms&mode=reverse,     no number",
    "session://s?secret=H&interval=0ms&mode=reverse,     an interval of nothing",
    "session://s?secret=H&interval=1.5ms&mode=reverse,    no number",
    "session://s?secret=H&interval=1ms,                   no mode",
    "session://s?secret=H&interval=1ms&mode=reverse&peers=x, no number",
    "session://s?secret=H&interval=1ms&mode=reverse&proof=x, a malformed proof",
    "refused://,                              no reason",
    "refused://a%20b?text=x,                  no reason",
    "ping://,                                 no number",
    "ping://x,                                no number",
    "ping://-1,                               no number",
    "ping://+1,                               no number",
    "ping://10000000000000000000,             no number",
    "pong://,                                 no number",
    "pool://,                                 no number",
    "pool://1?waiting=,                       no number",
    "drain://,                                no grace",
    "drain://?grace=soon,                     no grace",
    "cert://,                                 no SHA-256",
    "cert://I,                                no SHA-256",
    "peers://,                                no number",
    "data://s,                                no session",
    "data:///1?ticket=H,                      no session",
    "data://s/?ticket=H,                      no number",
    "data://s/x?ticket=H,                     no number",
    "data://s/t/1?ticket=H,                   no session",
    "data://s/1,                              no ticket",
    "data://s/1?ticket=I,                     no ticket",
    "tcp://,                                  no id",
    "tcp://a b,                               no id",
    "udp://,                                  no lane",
    "failed://,                               no reason",
    "failed://?reason=,                       no reason",
  })
  void whatIsMissingOrMalformedIsNamed(String line, String what) {
    // The letters stand for what is too long to be written again and again.
    String whole =
        line.replace("Z", N.toUpperCase(java.util.Locale.ROOT))
            .replace("X", I.substring(1))
            .replace("I", I)
            .replace("N", N)
            .replace("H", H);
    String said = malformed(whole);

    assertTrue(
        said.startsWith(line.substring(0, line.indexOf("://") + 3) + ", with " + what), said);
    assertFalse(said.contains(H), said);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "hello", "GET / HTTP/1.1", "ping:/1", "://", "ping://1\r", "ping://\u00fc"})
  void whatIsNoUrlIsNoLine(String line) {
    assertEquals("something that is no line of protocol 2", malformed(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "new://",
        "new://1?a=b",
        "PING://1",
        "Ping://1",
        " ping://1",
        "launch://x",
        "a?b://c"
      })
  void otherSchemesAreUnknownNotWrong(String line) {
    assertEquals(new Decoded.Unknown(), MessageCodec.decode(line));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 1",
    "007, 7",
    "999999999999999999, 999999999999999999",
    "8999999999999999999, 8999999999999999999",
  })
  void aHeartbeatHasUpTo19Digits(String text, long number) {
    assertEquals(new Message.Ping(number), known("ping://" + text));
    assertEquals(new Message.Pong(number), known("pong://" + text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9000000000000000000",
        "9223372036854775807",
        "9223372036854775808",
        "9999999999999999999"
      })
  void aHeartbeatOfAny19DigitsIsAnsweredByThem(String number) {
    Message.Ping ping = assertInstanceOf(Message.Ping.class, known("ping://" + number));

    assertEquals("ping://" + number + "\n", MessageCodec.encode(ping));
    assertEquals("pong://" + number + "\n", MessageCodec.encode(new Message.Pong(ping.number())));
    assertEquals(new Message.Pong(ping.number()), known("pong://" + number));
  }

  @Test
  void dataConnectionsAreCountedToTheHighestNumberOfTheDocument() {
    assertEquals(
        new Message.Data("s", Long.MAX_VALUE, H),
        known("data://s/" + Long.MAX_VALUE + "?ticket=" + H));
    assertEquals("data://, with no number", malformed("data://s/9223372036854775808?ticket=" + H));
  }

  @Test
  void countsAndTimesThatAreTooLargeAreTheLargest() {
    assertEquals(
        new Message.Pool(Integer.MAX_VALUE, Integer.MAX_VALUE),
        known("pool://2147483648?waiting=8999999999999999999"));
    assertEquals(new Message.Peers(Integer.MAX_VALUE), known("peers://999999999999"));
    assertEquals(
        new Message.Drain(Duration.ofDays(2)), known("drain://?grace=8999999999999999999ms"));
  }

  @Test
  void thereIsAtLeastOnePeer() {
    assertEquals(new Message.Peers(1), known("peers://0"));
    assertEquals(
        Messages.SESSION,
        known("session://s1?secret=" + H + "&interval=5000ms&mode=reverse&peers=0"));
  }

  @Test
  void whoSaysNothingOfWaitingUsersHasNone() {
    assertEquals(new Message.Pool(5, 0), known("pool://5"));
  }

  @Test
  void aNameHasUpTo64Characters() {
    String name = "n".repeat(64);

    assertEquals(new Message.Udp(name), known("udp://" + name));
    assertEquals("udp://, with no lane", malformed("udp://" + name + "n"));
  }

  @Test
  void textsForPeopleAreCutAndHarmlessToATerminal() {
    assertEquals(
        new Message.Refused("limit", "a?[31m??b"), known("refused://limit?text=a%1b[31m%0d%0ab"));
    assertEquals(
        new Message.Refused("limit", "x".repeat(512)),
        known("refused://limit?text=" + "x".repeat(3000)));
    assertEquals(
        new Message.Tcp("u", Optional.of("a?"), Optional.of("?")),
        known("tcp://u?from=a%07&to=%c3%bc"));
  }

  @Test
  void aSessionDoesNotShowItsSecret() {
    assertFalse(Messages.SESSION.toString().contains(H));
  }

  @Provide
  static Arbitrary<String> nonsense() {
    Arbitrary<String> schemes =
        Arbitraries.of(
            "server", "client", "session", "refused", "ping", "pong", "pool", "drain", "drained",
            "cert", "peers", "data", "tcp", "udp", "ok", "failed", "new");
    Arbitrary<String> bodies = Arbitraries.oneOf(LineTest.texts(), Arbitraries.of("", I, H, "1"));
    return net.jqwik.api.Combinators.combine(schemes, bodies, LineTest.texts(), LineTest.texts())
        .as((scheme, body, query, value) -> scheme + "://" + body + "?" + query + "&v=" + value);
  }

  @Property
  void garbageIsNeverWorseThanMalformed(@ForAll("nonsense") String line, @ForAll String other) {
    for (String each : new String[] {line, other, line.substring(line.length() / 2)}) {
      if (MessageCodec.decode(each) instanceof Decoded.Known(Message message)) {
        assertEquals(message, known(Messages.line(message)));
      }
    }
  }

  @Property
  void aDamagedLineIsNeverWorseThanMalformed(
      @ForAll("messages") Message message, @ForAll int place, @ForAll char other) {
    StringBuilder line = new StringBuilder(Messages.line(message));
    line.setCharAt(Math.floorMod(place, line.length()), other);

    Decoded decoded = MessageCodec.decode(line.toString());
    if (decoded instanceof Decoded.Malformed(String what)) {
      assertTrue(what.chars().allMatch(c -> c >= ' ' && c < 0x7f), what);
    }
  }
}
