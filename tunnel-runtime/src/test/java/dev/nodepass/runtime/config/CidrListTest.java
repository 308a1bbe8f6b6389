package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrListTest {
  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  private static String refusal(String text) {
    return String.valueOf(
        assertThrows(IllegalArgumentException.class, () -> CidrList.parse(text)).getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,      10.0.0.0,          true",
    "10.0.0.0/8,      10.255.255.255,    true",
    "10.0.0.0/8,      9.255.255.255,     false",
    "10.0.0.0/8,      11.0.0.0,          false",
    "10.128.0.0/9,    10.128.0.0,        true",
    "10.128.0.0/9,    10.127.255.255,    false",
    "192.168.1.7,     192.168.1.7,       true",
    "192.168.1.7,     192.168.1.6,       false",
    "192.168.1.7/32,  192.168.1.7,       true",
    "192.168.1.6/31,  192.168.1.7,       true",
    "192.168.1.6/31,  192.168.1.8,       false",
    "0.0.0.0/0,       255.255.255.255,   true",
    "0.0.0.0/0,       ::1,               false",
    "::/0,            2001:db8::1,       true",
    "::/0,            127.0.0.1,         false",
    "::1,             ::1,               true",
    "::1,             ::2,               false",
    "2001:db8::/32,   2001:db8:ffff::1,  true",
    "2001:db8::/32,   2001:db9::,        false",
    "2001:db8::/33,   2001:db8:7fff::,   true",
    "2001:db8::/33,   2001:db8:8000::,   false",
    "fe80::/10,       fe80::1%1,         true",
    "::ffff:10.0.0.1, 10.0.0.1,          true",
  })
  void aNetworkHoldsTheAddressesThatBeginLikeIt(String network, String address, boolean inside) {
    assertEquals(inside, CidrList.parse(network).contains(address(address)));
  }

  @Test
  void anIpv4AddressMappedIntoIpv6IsThatIpv4Address() throws UnknownHostException {
    byte[] mapped = new byte[16];
    mapped[10] = -1;
    mapped[11] = -1;
    mapped[12] = 10;
    mapped[15] = 1;
    // The only way to one: everything else makes it an Inet4Address at once.
    InetAddress address = Inet6Address.getByAddress("mapped", mapped, 1);

    assertTrue(CidrList.parse("10.0.0.0/8").contains(address));
    assertFalse(CidrList.parse("::/0").contains(address));
    mapped[9] = 1;
    assertFalse(
        CidrList.parse("10.0.0.0/8").contains(Inet6Address.getByAddress("other", mapped, 1)));
  }

  @Test
  void ofSeveralNetworksOneIsEnough() {
    CidrList list = CidrList.parse("10.0.0.0/8, 192.168.1.7 ,2001:db8::/32");

    assertTrue(list.contains(address("10.1.2.3")));
    assertTrue(list.contains(address("192.168.1.7")));
    assertTrue(list.contains(address("2001:db8::1")));
    assertFalse(list.contains(address("192.168.1.8")));
  }

  @Test
  void noneMeansEveryAddress() {
    assertTrue(CidrList.ALL.contains(address("192.0.2.1")));
    assertTrue(CidrList.ALL.contains(address("2001:db8::1")));
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8,                     10.0.0.0/8",
    "'10.0.0.0/8 , 192.168.1.7/32',  '10.0.0.0/8,192.168.1.7'",
    "2001:db8::/32,                  2001:db8:0:0:0:0:0:0/32",
    "0.0.0.0/0,                      0.0.0.0/0",
  })
  void isShownAsItMayBeWritten(String text, String shown) {
    assertEquals(shown, CidrList.parse(text).toString());
    assertEquals(CidrList.parse(text), CidrList.parse(shown));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"\",              '' is no address and no network",
        "example.com,      'example.com' is no address and no network",
        "10.0.0.256,       '10.0.0.256' is no address and no network",
        "1.2.3.4.5,        '1.2.3.4.5' is no address and no network",
        "/8,               '/8' is no address and no network",
        "10.0.0.0/33,      '10.0.0.0/33' has no prefix length from 0 to 32",
        "10.0.0.0/,        '10.0.0.0/' has no prefix length from 0 to 32",
        "10.0.0.0/-1,      '10.0.0.0/-1' has no prefix length from 0 to 32",
        "10.0.0.0/8/9,     '10.0.0.0/8/9' has no prefix length from 0 to 32",
        "10.0.0.0/0008,    '10.0.0.0/0008' has no prefix length from 0 to 32",
        "10.0.0.0/٨,       '10.0.0.0/٨' has no prefix length from 0 to 32",
        "::/129,           '::/129' has no prefix length from 0 to 128",
        "10.0.0.1/8,       '10.0.0.1/8' is an address within a network; the network is 10.0.0.0/8",
        "2001:db8::1/32,   '2001:db8::1/32' is an address within a network; the network is"
            + " 2001:db8:0:0:0:0:0:0/32",
        "0.0.0.1/0,        '0.0.0.1/0' is an address within a network; the network is 0.0.0.0/0",
      })
  void whatIsWrongIsNamedWithWhatWouldBeRight(String text, String said) {
    assertEquals(said, refusal(text));
    assertEquals(refusal(text), refusal("10.0.0.0/8," + text));
    assertEquals(refusal(text), refusal(text + ",10.0.0.0/8"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10", "10.1", "192.168.1", "127.1", "10/8", "10.0.0/24", "3232235777"})
  void anIpv4AddressHasFourNumbersSinceFewerWouldNotMeanWhatOneThinks(String text) {
    assertEquals("'" + text + "' is no address and no network", refusal(text));
  }

  @Provide
  static Arbitrary<byte[]> addresses() {
    return Arbitraries.of(4, 16)
        .flatMap(length -> Arbitraries.bytes().array(byte[].class).ofSize(length));
  }

  private static BigInteger number(byte[] address) {
    return new BigInteger(1, address);
  }

  @Property
  void anAddressIsInsideExactlyWhenTheBitsThatCountAreTheSame(
      @ForAll("addresses") byte[] one, @ForAll("addresses") byte[] two, @ForAll int bits)
      throws UnknownHostException {
    int all = one.length * 8;
    int prefix = Math.floorMod(bits, all + 1);
    byte[] other = Arrays.copyOf(two, one.length);
    // Near ones too, which differ in few bits.
    byte[] near = one.clone();
    near[Math.floorMod(bits, near.length)] ^= (byte) (1 << Math.floorMod(bits, 8));
    BigInteger first = number(one).shiftRight(all - prefix).shiftLeft(all - prefix);
    byte[] bytes = new byte[one.length];
    byte[] raw = first.toByteArray();
    for (int i = 0; i < Math.min(raw.length, bytes.length); i++) {
      bytes[bytes.length - 1 - i] = raw[raw.length - 1 - i];
    }
    InetAddress network = InetAddress.getByAddress(bytes);
    if (network.getAddress().length != one.length) {
      return; // An IPv4 address in disguise.
    }
    CidrList list = CidrList.parse(network.getHostAddress() + "/" + prefix);

    for (byte[] each : new byte[][] {one, other, near}) {
      InetAddress address = InetAddress.getByAddress(each);
      if (address.getAddress().length == one.length) {
        boolean same = number(each).shiftRight(all - prefix).equals(first.shiftRight(all - prefix));
        assertEquals(same, list.contains(address), list + " and " + address);
      }
    }
  }
}
