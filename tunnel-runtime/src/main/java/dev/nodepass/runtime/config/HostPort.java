package dev.nodepass.runtime.config;

import java.net.Inet6Address;
import java.util.regex.Pattern;

/**
 * An address as it stands in a tunnel URL.
 *
 * @param host a name, an IPv4 address or an IPv6 address without brackets; empty for all interfaces
 * @param port 0 to 65535; 0 lets the system draw one
 */
public record HostPort(String host, int port) {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\\.[A-Za-z0-9_-]{1,63}){0,126}\\.?");
  private static final Pattern DIGITS_AND_DOTS = Pattern.compile("[0-9.]+");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(?!$)|$)){4}");
  private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]+(%[A-Za-z0-9_.-]+)?");

  /**
   * Reads {@code host:port}, {@code :port} or {@code [v6]:port}.
   *
   * @param part what the address is, for the error, such as {@code tunnel address}
   */
  static HostPort parse(String part, String text, String example) throws InvalidInputException {
    String host;
    String port;
    if (text.startsWith("[")) {
      int close = text.indexOf(']');
      if (close < 0 || close + 1 >= text.length() || text.charAt(close + 1) != ':') {
        throw InvalidInputException.of(
            part, text, "[IPv6 address]:port", example.replaceAll("^.*:", "[::1]:"));
      }
      host = text.substring(1, close);
      port = text.substring(close + 2);
      if (!IPV6.matcher(host).matches() || !isLiteral(host)) {
        throw InvalidInputException.of(
            part, text, "an IPv6 address in brackets and a port", "[::1]:8080");
      }
    } else {
      int colon = text.lastIndexOf(':');
      if (colon < 0) {
        throw InvalidInputException.of(part, text, "host:port (the port is missing)", example);
      }
      host = text.substring(0, colon);
      port = text.substring(colon + 1);
      if (host.indexOf(':') >= 0) {
        throw InvalidInputException.of(
            part, text, "host:port, an IPv6 address in brackets", "[::1]:8080");
      }
      boolean right =
          DIGITS_AND_DOTS.matcher(host).matches()
              ? IPV4.matcher(host).matches()
              : host.isEmpty() || NAME.matcher(host).matches();
      if (!right) {
        throw InvalidInputException.of(
            part, text, "a host name, an IPv4 address or [IPv6], then :port", example);
      }
    }
    return new HostPort(host, parsePort(part, text, port, example));
  }

  private static int parsePort(String part, String text, String port, String example)
      throws InvalidInputException {
    if (port.length() <= 5 && !port.isEmpty() && port.chars().allMatch(c -> c >= '0' && c <= '9')) {
      int number = Integer.parseInt(port);
      if (number <= 65535) {
        return number;
      }
    }
    throw InvalidInputException.of(part, text, "host:port with a port from 0 to 65535", example);
  }

  private static boolean isLiteral(String ipv6) {
    int zone = ipv6.indexOf('%');
    try {
      Inet6Address.ofLiteral(zone < 0 ? ipv6 : ipv6.substring(0, zone));
      return true;
    } catch (IllegalArgumentException none) {
      return false;
    }
  }

  /** True when it is an address, not a name, that only this machine reaches. */
  public boolean isLoopback() {
    return host.equals("::1") || (IPV4.matcher(host).matches() && host.startsWith("127."));
  }

  /** True when the address means every interface of the machine. */
  public boolean isWildcard() {
    return host.isEmpty() || host.equals("0.0.0.0") || host.equals("::");
  }

  /** The host to dial: an address that means every interface is reached by loopback. */
  public String hostToDial() {
    return host.isEmpty() || host.equals("0.0.0.0")
        ? "127.0.0.1"
        : host.equals("::") ? "::1" : host;
  }

  /** The same host at another port. */
  public HostPort withPort(int other) {
    return new HostPort(host, other);
  }

  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
