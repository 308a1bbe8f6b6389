package dev.nodepass.runtime.net;

import dev.nodepass.runtime.config.HostPort;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Optional;

/** Which addresses are this machine's, and how they are written. */
public final class Addresses {
  private Addresses() {}

  /**
   * The address to bind for what stands in the URL: an empty host is every interface, by IPv6 and
   * IPv4 together where the machine has IPv6.
   */
  public static String bindHost(HostPort address) {
    return address.host().isEmpty() ? hasIpv6() ? "::" : "0.0.0.0" : address.host();
  }

  private static boolean hasIpv6() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .anyMatch(Inet6Address.class::isInstance);
    } catch (SocketException unknown) {
      return false;
    }
  }

  /**
   * True when the name or address belongs to this machine. Resolves names, so it blocks: not for an
   * event loop.
   *
   * @throws UnknownHostException when the name does not resolve
   */
  public static boolean isLocal(HostPort address) throws UnknownHostException {
    if (address.isWildcard()) {
      return true;
    }
    for (InetAddress found : InetAddress.getAllByName(address.host())) {
      try {
        if (found.isLoopbackAddress() || NetworkInterface.getByInetAddress(found) != null) {
          return true;
        }
      } catch (SocketException unknown) {
        // The interfaces cannot be listed: the bind will tell.
        return true;
      }
    }
    return false;
  }

  /** {@code address:port}, IPv6 in brackets, an IPv4 address mapped into IPv6 as IPv4. */
  public static String text(InetSocketAddress address) {
    return address.getAddress() == null
        ? address.getHostString() + ":" + address.getPort()
        : new HostPort(address.getAddress().getHostAddress(), address.getPort()).toString();
  }

  /** Reads {@code address:port} with a literal address; empty for anything else. */
  public static Optional<InetSocketAddress> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      return Optional.of(
          new InetSocketAddress(
              InetAddress.ofLiteral(host), Integer.parseInt(text.substring(colon + 1))));
    } catch (IllegalArgumentException none) {
      return Optional.empty();
    }
  }
}
