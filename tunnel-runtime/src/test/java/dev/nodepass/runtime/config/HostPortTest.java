package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
  private static HostPort parse(String text) throws InvalidInputException {
    return HostPort.parse("tunnel address", text, "10.1.0.1:10101");
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.0.1:10101,        10.1.0.1,        10101, false, 10.1.0.1",
    "255.255.255.255:1,     255.255.255.255, 1,     false, 255.255.255.255",
    "0.0.0.0:0,             0.0.0.0,         0,     true,  127.0.0.1",
    ":8080,                 '',              8080,  true,  127.0.0.1",
    "[::]:65535,            ::,              65535, true,  ::1",
    "[::1]:8080,            ::1,             8080,  false, ::1",
    "[2001:db8::7]:443,     2001:db8::7,     443,   false, 2001:db8::7",
    "[fe80::1%eth0]:443,    fe80::1%eth0,    443,   false, fe80::1%eth0",
    "[::ffff:10.0.0.1]:80,  ::ffff:10.0.0.1, 80,    false, ::ffff:10.0.0.1",
    "web-service:80,        web-service,     80,    false, web-service",
    "_srv.example.com.:80,  _srv.example.com., 80,  false, _srv.example.com.",
    "3com.example:80,       3com.example,    80,    false, 3com.example",
    "LOCALHOST:00080,       LOCALHOST,       80,    false, LOCALHOST",
  })
  void readsAnAddress(String text, String host, int port, boolean wildcard, String toDial)
      throws InvalidInputException {
    HostPort address = parse(text);

    assertEquals(new HostPort(host, port), address);
    assertEquals(wildcard, address.isWildcard());
    assertEquals(toDial, address.hostToDial());
    assertEquals(address, parse(address.toString()));
    assertEquals(new HostPort(host, 7), address.withPort(7));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        "10.1.0.1",
        "host:",
        ":",
        "host:65536",
        "host:100000",
        "host:99999999999999999999",
        "host:-1",
        "host:+1",
        "host: 1",
        "host:1 ",
        "host:http",
        "host:٨٠",
        "256.1.1.1:80",
        "1.2.3:80",
        "1.2.3.4.5:80",
        "1.2.3.4.:80",
        "..:80",
        "::1:8080",
        "2001:db8::7",
        "[::1]",
        "[::1]8080",
        "[::1:8080",
        "[]:8080",
        "[10.1.0.1]:80",
        "[host]:80",
        "[::1%]:80",
        "[::g]:80",
        "ho st:80",
        "höst:80",
        "host_name!:80",
        "-host:80",
        "host/path:80",
        "%41:80"
      })
  void refusesWhatIsNoneAndShowsARightExample(String text) throws InvalidInputException {
    String said =
        String.valueOf(assertThrows(InvalidInputException.class, () -> parse(text)).getMessage());

    assertTrue(said.startsWith("tunnel address: '" + text + "' is not valid: it must be "), said);
    parse(said.substring(said.indexOf(", for example ") + ", for example ".length()));
  }

  @ParameterizedTest
  @CsvSource({"host", "10.1.0.1"})
  void saysThatThePortIsMissing(String text) {
    String said =
        String.valueOf(assertThrows(InvalidInputException.class, () -> parse(text)).getMessage());

    assertTrue(said.contains("the port is missing"), said);
  }
}
