package dev.nodepass.runtime.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TicketsTest {
  private static final String SECRET = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @ValueSource(longs = {1, 10, 65_536, Long.MAX_VALUE})
  void aTicketIsThatOfTheDocument(long number) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(HexFormat.of().parseHex(SECRET), "HmacSHA256"));
    byte[] text = ("data\ns-1\n" + number).getBytes(StandardCharsets.US_ASCII);

    assertEquals(
        HexFormat.of().formatHex(mac.doFinal(text)), Tickets.ticket(SECRET, "s-1", number));
  }

  @Test
  void itStaysTheSame() {
    assertEquals(
        "0eefec5ae85f31265b7c57e2aa2b87e8fdbbd622529db9a6cd83b3f38882e73f",
        Tickets.ticket(SECRET, "s-1", 1));
  }

  @Test
  void whateverIsDifferentTheTicketIsDifferent() {
    Set<String> tickets = new HashSet<>();
    for (String secret : List.of(SECRET, "f".repeat(64))) {
      for (String session : List.of("s-1", "s-11", "s")) {
        for (long number : new long[] {1, 2, 11, 111}) {
          assertTrue(tickets.add(Tickets.ticket(secret, session, number)));
        }
      }
    }
  }
}
