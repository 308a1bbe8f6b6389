package dev.nodepass.runtime.config;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Networks (RFC 4632, RFC 4291): {@code 10.0.0.0/8,192.168.1.7,2001:db8::/32}. Immutable.
 *
 * @param networks none means every address
 */
public record CidrList(List<Network> networks) {
  /** Every address. */
  public static final CidrList ALL = new CidrList(List.of());

  private static final Pattern FOUR_NUMBERS = Pattern.compile("\\d+(\\.\\d+){3}");

  public CidrList {
    networks = List.copyOf(networks);
  }

  /**
   * One network.
   *
   * @param address its first one
   * @param bits how many of them count
   */
  public record Network(InetAddress address, int bits) {
    boolean contains(byte[] other) {
      byte[] own = address.getAddress();
      return own.length == other.length && Arrays.equals(own, masked(other, bits));
    }

    @Override
    public String toString() {
      int all = address.getAddress().length * 8;
      return address.getHostAddress() + (bits == all ? "" : "/" + bits);
    }
  }

  /**
   * Reads a list.
   *
   * @throws IllegalArgumentException names the item that is wrong, and what would be right
   */
  static CidrList parse(String text) {
    List<Network> networks = new ArrayList<>();
    for (String item : text.split(",", -1)) {
      networks.add(network(item.strip()));
    }
    return new CidrList(networks);
  }

  private static Network network(String item) {
    int slash = item.indexOf('/');
    String literal = slash < 0 ? item : item.substring(0, slash);
    InetAddress address;
    try {
      if (literal.indexOf(':') < 0 && !FOUR_NUMBERS.matcher(literal).matches()) {
        // Java would take 10.1 for 10.0.0.1.
        throw new IllegalArgumentException();
      }
      address = InetAddress.ofLiteral(literal);
    } catch (IllegalArgumentException none) {
      throw new IllegalArgumentException("'" + item + "' is no address and no network");
    }
    int all = address.getAddress().length * 8;
    int bits = slash < 0 ? all : bits(item.substring(slash + 1), all);
    if (bits < 0) {
      throw new IllegalArgumentException(
          "'%s' has no prefix length from 0 to %d".formatted(item, all));
    }
    byte[] first = masked(address.getAddress(), bits);
    Network network;
    try {
      network = new Network(InetAddress.getByAddress(first), bits);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException(impossible);
    }
    if (!Arrays.equals(first, address.getAddress())) {
      throw new IllegalArgumentException(
          "'%s' is an address within a network; the network is %s".formatted(item, network));
    }
    return network;
  }

  private static int bits(String text, int most) {
    if (text.isEmpty() || text.length() > 3 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    int bits = Integer.parseInt(text);
    return bits <= most ? bits : -1;
  }

  private static byte[] masked(byte[] address, int bits) {
    byte[] masked = address.clone();
    for (int i = 0; i < masked.length; i++) {
      int kept = Math.clamp(bits - 8L * i, 0, 8);
      masked[i] &= (byte) (0xff << (8 - kept));
    }
    return masked;
  }

  /** True when the address is in one of the networks, or there are none. */
  public boolean contains(InetAddress address) {
    if (networks.isEmpty()) {
      return true;
    }
    byte[] bytes = address.getAddress();
    if (address instanceof Inet6Address && isMapped(bytes)) {
      bytes = Arrays.copyOfRange(bytes, 12, 16);
    }
    for (Network network : networks) {
      if (network.contains(bytes)) {
        return true;
      }
    }
    return false;
  }

  /** An IPv4 address as IPv6 (RFC 4291, 2.5.5.2). */
  private static boolean isMapped(byte[] bytes) {
    for (int i = 0; i < 10; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return bytes[10] == -1 && bytes[11] == -1;
  }

  @Override
  public String toString() {
    return networks.stream().map(Network::toString).collect(Collectors.joining(","));
  }
}
