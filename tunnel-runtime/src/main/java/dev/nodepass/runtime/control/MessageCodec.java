package dev.nodepass.runtime.control;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Messages of protocol 2 as lines. Source: docs/protocol.md. Stateless. */
public final class MessageCodec {
  /** The protocol's version. */
  public static final int VERSION = 2;

  private static final Pattern INSTANCE = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,19}");
  private static final Duration LONGEST = Duration.ofDays(2);

  /** Longer texts for people are cut: they are logged. */
  private static final int LONGEST_TEXT = 512;

  private MessageCodec() {}

  /** What a line turned out to be. */
  public sealed interface Decoded {
    /** A message. */
    record Known(Message message) implements Decoded {}

    /** A scheme that this version does not know. */
    record Unknown() implements Decoded {}

    /**
     * No line of this protocol.
     *
     * @param what is wrong, for a log line
     */
    record Malformed(String what) implements Decoded {}
  }

  /** The message as a line, its line feed included. */
  public static String encode(Message message) {
    return line(message).text();
  }

  private static Line line(Message message) {
    return switch (message) {
      case Message.Server server ->
          with(
              Line.of("server", server.instance()).with("v", String.valueOf(server.version())),
              "nonce",
              server.nonce());
      case Message.Client client -> client(client);
      case Message.Session session ->
          with(
              Line.of("session", session.id())
                  .with("secret", session.secret())
                  .with("interval", millis(session.interval()))
                  .with("mode", session.mode().word())
                  .with("data", session.plain() ? "plain" : "tls")
                  .with("peers", String.valueOf(session.peers())),
              "proof",
              session.proof());
      case Message.Refused refused ->
          Line.of("refused", refused.reason()).with("text", refused.text());
      case Message.Ping ping -> Line.of("ping", Long.toUnsignedString(ping.number()));
      case Message.Pong pong -> Line.of("pong", Long.toUnsignedString(pong.number()));
      case Message.Pool pool ->
          Line.of("pool", String.valueOf(pool.idle()))
              .with("waiting", String.valueOf(pool.waiting()));
      case Message.Drain drain -> Line.of("drain", "").with("grace", millis(drain.grace()));
      case Message.Drained drained -> Line.of("drained", "");
      case Message.Certificate next -> Line.of("cert", next.sha256());
      case Message.Peers peers -> Line.of("peers", String.valueOf(peers.count()));
      case Message.DataOpen open -> Line.of("data", "");
      case Message.Data data ->
          Line.of("data", data.session() + "/" + data.number()).with("ticket", data.ticket());
      case Message.Tcp tcp ->
          with(with(Line.of("tcp", tcp.id()), "from", tcp.from()), "to", tcp.to());
      case Message.Udp udp -> Line.of("udp", udp.lane());
      case Message.Ok ok -> Line.of("ok", "");
      case Message.Failed failed -> Line.of("failed", "").with("reason", failed.reason());
    };
  }

  private static Line client(Message.Client client) {
    Line line =
        Line.of("client", client.instance())
            .with("v", String.valueOf(client.version()))
            .with("nonce", client.nonce());
    line = with(line, "name", client.name());
    line = with(line, "proof", client.proof());
    line = with(line, "mode", client.mode().map(SessionMode::word));
    return client.plain() ? line.with("data", "plain") : line;
  }

  private static Line with(Line line, String name, Optional<String> value) {
    return value.isPresent() ? line.with(name, value.get()) : line;
  }

  private static String millis(Duration duration) {
    return duration.toMillis() + "ms";
  }

  /** Reads a line without its line feed. */
  public static Decoded decode(String text) {
    Optional<Line> line = Line.parse(text);
    if (line.isEmpty()) {
      return new Decoded.Malformed("something that is no line of protocol 2");
    }
    try {
      return message(line.get());
    } catch (Wrong wrong) {
      return new Decoded.Malformed(line.get().scheme() + "://, with " + wrong.getMessage());
    }
  }

  private static Decoded message(Line line) throws Wrong {
    String body = line.body();
    Message message =
        switch (line.scheme()) {
          case "server" ->
              new Message.Server(
                  matching(INSTANCE, body, "no instance"),
                  line.parameter("v").isPresent() ? version(line) : VERSION,
                  optional(line, "nonce", INSTANCE));
          case "client" ->
              new Message.Client(
                  matching(INSTANCE, body, "no instance"),
                  version(line),
                  matching(INSTANCE, line.parameter("nonce").orElse(""), "no nonce"),
                  optional(line, "name", WORD),
                  optional(line, "proof", HASH),
                  line.parameter("mode").isPresent() ? Optional.of(mode(line)) : Optional.empty(),
                  line.parameter("data").orElse("").equals("plain"));
          case "session" -> session(line);
          case "refused" ->
              new Message.Refused(
                  matching(WORD, body, "no reason"), printable(line.parameter("text").orElse("")));
          case "ping" -> new Message.Ping(unsigned(body));
          case "pong" -> new Message.Pong(unsigned(body));
          case "pool" ->
              new Message.Pool(small(body), small(line.parameter("waiting").orElse("0")));
          case "drain" -> new Message.Drain(duration(line, "grace"));
          case "drained" -> new Message.Drained();
          case "cert" -> new Message.Certificate(matching(HASH, body, "no SHA-256"));
          case "peers" -> new Message.Peers(Math.max(1, small(body)));
          case "data" -> data(line);
          case "tcp" ->
              new Message.Tcp(
                  matching(WORD, body, "no id"),
                  line.parameter("from").map(MessageCodec::printable),
                  line.parameter("to").map(MessageCodec::printable));
          case "udp" -> new Message.Udp(matching(WORD, body, "no lane"));
          case "ok" -> new Message.Ok();
          case "failed" ->
              new Message.Failed(matching(WORD, line.parameter("reason").orElse(""), "no reason"));
          default -> null;
        };
    return message == null ? new Decoded.Unknown() : new Decoded.Known(message);
  }

  private static Message session(Line line) throws Wrong {
    Duration interval = duration(line, "interval");
    if (interval.isZero()) {
      throw new Wrong("an interval of nothing");
    }
    return new Message.Session(
        matching(WORD, line.body(), "no id"),
        matching(HASH, line.parameter("secret").orElse(""), "no secret"),
        interval,
        mode(line),
        line.parameter("data").orElse("").equals("plain"),
        Math.max(1, small(line.parameter("peers").orElse("1"))),
        optional(line, "proof", HASH));
  }

  private static Message data(Line line) throws Wrong {
    if (line.body().isEmpty()) {
      return new Message.DataOpen();
    }
    int slash = line.body().lastIndexOf('/');
    return new Message.Data(
        matching(WORD, line.body().substring(0, Math.max(0, slash)), "no session"),
        number(line.body().substring(slash + 1)),
        matching(HASH, line.parameter("ticket").orElse(""), "no ticket"));
  }

  private static int version(Line line) throws Wrong {
    return small(line.parameter("v").orElse(""));
  }

  private static SessionMode mode(Line line) throws Wrong {
    return SessionMode.of(line.parameter("mode").orElse(""))
        .orElseThrow(() -> new Wrong("no mode reverse or forward"));
  }

  private static Optional<String> optional(Line line, String name, Pattern pattern) throws Wrong {
    Optional<String> value = line.parameter(name);
    return value.isPresent()
        ? Optional.of(matching(pattern, value.get(), "a malformed " + name))
        : value;
  }

  private static String matching(Pattern pattern, String text, String what) throws Wrong {
    if (pattern.matcher(text).matches()) {
      return text;
    }
    throw new Wrong(what);
  }

  /** Up to 19 digits, of which a long has the highest as negative ones. */
  private static long unsigned(String text) throws Wrong {
    return Long.parseUnsignedLong(matching(NUMBER, text, "no number"));
  }

  private static long number(String text) throws Wrong {
    long number = unsigned(text);
    if (number < 0) {
      throw new Wrong("no number");
    }
    return number;
  }

  private static int small(String text) throws Wrong {
    return Math.toIntExact(Math.min(number(text), Integer.MAX_VALUE));
  }

  private static Duration duration(Line line, String name) throws Wrong {
    String text = line.parameter(name).orElse("");
    if (!text.endsWith("ms")) {
      throw new Wrong("no " + name + " in milliseconds (5000ms)");
    }
    long millis = number(text.substring(0, text.length() - 2));
    return Duration.ofMillis(Math.min(millis, LONGEST.toMillis()));
  }

  /** Texts are logged: nothing in one may move a terminal's cursor. */
  private static String printable(String text) {
    String cut = text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) : text;
    return cut.replaceAll("[^\\x20-\\x7e]", "?");
  }

  /** A line that is not as it must be. */
  private static final class Wrong extends Exception {
    private static final long serialVersionUID = 1L;

    Wrong(String what) {
      super(what, null, false, false);
    }
  }
}
