package dev.nodepass.runtime.control;

import java.math.BigInteger;
import java.time.Duration;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Any message of protocol 2, and one of each kind. */
final class Messages {
  static final String INSTANCE = "0123456789abcdef0123456789abcdef";
  static final String NONCE = "fedcba9876543210fedcba9876543210";
  static final String HASH = "0123456789abcdef".repeat(4);

  static final Message.Server SERVER = new Message.Server(INSTANCE, 2, Optional.of(NONCE));
  static final Message.Client CLIENT =
      new Message.Client(
          INSTANCE,
          2,
          NONCE,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          /* plain= */ false);
  static final Message.Session SESSION = session(Duration.ofSeconds(5));
  static final Message.Refused REFUSED = new Message.Refused("limit", "it is full");

  private Messages() {}

  static Message.Session session(Duration interval) {
    return new Message.Session(
        "s1",
        HASH,
        interval,
        SessionMode.REVERSE,
        /* plain= */ false,
        /* peers= */ 1,
        Optional.empty());
  }

  /** The message as a line without its line feed, as the machines are given it. */
  static String line(Message message) {
    String line = MessageCodec.encode(message);
    return line.substring(0, line.length() - 1);
  }

  private static Arbitrary<String> hex(int length) {
    return Arbitraries.strings().withChars("0123456789abcdef").ofLength(length);
  }

  private static Arbitrary<String> words() {
    return Arbitraries.strings().withChars("ABCXYZabcxyz0189._-").ofMinLength(1).ofMaxLength(64);
  }

  private static Arbitrary<String> printable() {
    return Arbitraries.strings().withCharRange(' ', '~').ofMaxLength(512);
  }

  private static Arbitrary<Long> numbers() {
    return Arbitraries.longs().between(0, Long.MAX_VALUE);
  }

  /** Of up to 19 digits. */
  private static Arbitrary<Long> heartbeats() {
    return Arbitraries.bigIntegers()
        .between(BigInteger.ZERO, new BigInteger("9999999999999999999"))
        .map(BigInteger::longValue);
  }

  private static Arbitrary<Duration> durations(long leastMillis) {
    return Arbitraries.longs()
        .between(leastMillis, Duration.ofDays(2).toMillis())
        .map(Duration::ofMillis);
  }

  private static Arbitrary<SessionMode> modes() {
    return Arbitraries.of(SessionMode.values());
  }

  private static Arbitrary<Integer> counts(int least) {
    return Arbitraries.integers().between(least, Integer.MAX_VALUE);
  }

  private static Arbitrary<Boolean> either() {
    return Arbitraries.of(true, false);
  }

  /** Any message that a side may send. */
  static Arbitrary<Message> any() {
    return Arbitraries.oneOf(
        Combinators.combine(hex(32), counts(0), hex(32).optional()).as(Message.Server::new),
        Combinators.combine(
                hex(32),
                counts(0),
                hex(32),
                words().optional(),
                hex(64).optional(),
                modes().optional(),
                either())
            .as(Message.Client::new),
        Combinators.combine(
                words(), hex(64), durations(1), modes(), either(), counts(1), hex(64).optional())
            .as(Message.Session::new),
        Combinators.combine(words(), printable()).as(Message.Refused::new),
        inSession(),
        Arbitraries.just(new Message.DataOpen()),
        Combinators.combine(words(), numbers(), hex(64)).as(Message.Data::new),
        Combinators.combine(words(), printable().optional(), printable().optional())
            .as(Message.Tcp::new),
        words().map(Message.Udp::new),
        Arbitraries.just(new Message.Ok()),
        words().map(Message.Failed::new));
  }

  /** Any message that has its place in a session that stands. */
  static Arbitrary<Message> inSession() {
    return Arbitraries.oneOf(
        heartbeats().map(Message.Ping::new),
        heartbeats().map(Message.Pong::new),
        Combinators.combine(counts(0), counts(0)).as(Message.Pool::new),
        durations(0).map(Message.Drain::new),
        Arbitraries.just(new Message.Drained()),
        hex(64).map(Message.Certificate::new),
        counts(1).map(Message.Peers::new));
  }
}
