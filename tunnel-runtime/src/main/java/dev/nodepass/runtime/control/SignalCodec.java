package dev.nodepass.runtime.control;

import dev.nodepass.runtime.control.Signal.Launch;
import dev.nodepass.runtime.control.Signal.Remote;
import dev.nodepass.runtime.control.Signal.Traffic;
import java.util.Locale;

/**
 * Signals as lines: one URL in ASCII, ended by a line feed. Source: docs/protocol-1.md, "Control
 * channel". Stateless.
 */
public final class SignalCodec {
  /** The longest line that is read, in bytes, its end not counted. */
  public static final int LONGEST_LINE = 4096;

  /** Long enough for any id seen, short enough to keep many. */
  private static final int LONGEST_ID = 64;

  private SignalCodec() {}

  /** What a line turned out to be. */
  public sealed interface Decoded {
    /** A signal. */
    record Known(Signal signal) implements Decoded {}

    /** Blank, or of a scheme that this version does not know: to be ignored. */
    record Ignored() implements Decoded {}

    /**
     * A known scheme with nonsense behind it.
     *
     * @param what is wrong, for a log line
     */
    record Malformed(String what) implements Decoded {}
  }

  /** The signal as a line, its line feed included. */
  public static String encode(Signal signal) {
    return switch (signal) {
      case Remote remote -> "remote://" + remote.port() + "\n";
      case Launch launch ->
          launch.traffic().name().toLowerCase(Locale.ROOT) + "://" + launch.id() + "\n";
    };
  }

  /** Reads a line without its line feed; white space around it does not count. */
  public static Decoded decode(String line) {
    String text = line.trim();
    int colon = text.indexOf("://");
    if (colon < 0) {
      return new Decoded.Ignored();
    }
    String rest = text.substring(colon + 3);
    return switch (text.substring(0, colon)) {
      case "remote" -> remote(rest);
      case "tcp" -> launch(Traffic.TCP, rest);
      case "udp" -> launch(Traffic.UDP, rest);
      default -> new Decoded.Ignored();
    };
  }

  private static Decoded remote(String port) {
    if (!port.isEmpty() && port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9')) {
      int number = Integer.parseInt(port);
      if (number >= 1 && number <= 65535) {
        return new Decoded.Known(new Remote(number));
      }
    }
    return new Decoded.Malformed("a data port that is no port number");
  }

  private static Decoded launch(Traffic traffic, String id) {
    if (id.isEmpty() || id.length() > LONGEST_ID) {
      return new Decoded.Malformed("a connection id of " + id.length() + " characters");
    }
    // Ids are logged: nothing in one may move a terminal's cursor.
    if (!id.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      return new Decoded.Malformed("a connection id that is not printable ASCII");
    }
    return new Decoded.Known(new Launch(traffic, id));
  }
}
