package dev.nodepass.runtime.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.identity.Proofs.Handshake;
import dev.nodepass.runtime.identity.Proofs.Side;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotEmpty;
import org.junit.jupiter.api.Test;

/** Computed here once more, by the words of docs/protocol.md and by HMAC alone (RFC 5869). */
class ProofsTest {
  private static final String KEY = "correct-horse-battery-staple";
  private static final Handshake HANDSHAKE =
      new Handshake(
          "00112233445566778899aabbccddeeff",
          "ffeeddccbbaa99887766554433221100",
          "0123456789abcdef0123456789abcdef",
          "fedcba9876543210fedcba9876543210",
          "alice",
          "00".repeat(31) + "ff");

  private static byte[] hmac(byte[] key, byte[] text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException missing) {
      throw new AssertionError(missing);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String expected(String key, String side, Handshake handshake) {
    byte[] extracted = hmac(utf8("nodepass/2"), utf8(key));
    // One block is as long as what is asked for.
    byte[] info = Arrays.copyOf(utf8("proof"), 6);
    info[5] = 1;
    byte[] derived = hmac(extracted, info);
    String text =
        side
            + "\n"
            + handshake.serverInstance()
            + "\n"
            + handshake.clientInstance()
            + "\n"
            + handshake.serverNonce()
            + "\n"
            + handshake.clientNonce()
            + "\n"
            + handshake.name()
            + "\n"
            + handshake.certificate();
    return HexFormat.of().formatHex(hmac(derived, utf8(text)));
  }

  private static String proof(String key, Side side, Handshake handshake) {
    return Proofs.proof(SharedKey.of(key), side, handshake);
  }

  @Test
  void bothSidesProofsAreThoseOfTheDocument() {
    assertEquals(expected(KEY, "client", HANDSHAKE), proof(KEY, Side.CLIENT, HANDSHAKE));
    assertEquals(expected(KEY, "server", HANDSHAKE), proof(KEY, Side.SERVER, HANDSHAKE));
  }

  @Test
  void theyStayTheSame() {
    assertEquals(
        "7b9fa07a17f23d34dc05330264a6c08c70e3f9cafe3344819a9609049fe9f76f",
        proof(KEY, Side.CLIENT, HANDSHAKE));
    assertEquals(
        "b935cb668cc3886aa4054932bb75390a7c94d4c11abb59e1a9584dd6ef050f6b",
        proof(KEY, Side.SERVER, HANDSHAKE));
  }

  @Property(tries = 100)
  void aKeyIsItsBytesInUtf8(@ForAll @NotEmpty String key) {
    // What has no bytes in UTF-8 is no key.
    if (new String(utf8(key), StandardCharsets.UTF_8).equals(key)) {
      assertEquals(expected(key, "client", HANDSHAKE), proof(key, Side.CLIENT, HANDSHAKE));
    }
  }

  @Test
  void whateverIsDifferentTheProofIsDifferent() {
    String i = "a".repeat(32);
    List<Handshake> others =
        List.of(
            HANDSHAKE,
            new Handshake(
                i,
                HANDSHAKE.clientInstance(),
                HANDSHAKE.serverNonce(),
                HANDSHAKE.clientNonce(),
                HANDSHAKE.name(),
                HANDSHAKE.certificate()),
            new Handshake(
                HANDSHAKE.serverInstance(),
                i,
                HANDSHAKE.serverNonce(),
                HANDSHAKE.clientNonce(),
                HANDSHAKE.name(),
                HANDSHAKE.certificate()),
            new Handshake(
                HANDSHAKE.serverInstance(),
                HANDSHAKE.clientInstance(),
                i,
                HANDSHAKE.clientNonce(),
                HANDSHAKE.name(),
                HANDSHAKE.certificate()),
            new Handshake(
                HANDSHAKE.serverInstance(),
                HANDSHAKE.clientInstance(),
                HANDSHAKE.serverNonce(),
                i,
                HANDSHAKE.name(),
                HANDSHAKE.certificate()),
            new Handshake(
                HANDSHAKE.serverInstance(),
                HANDSHAKE.clientInstance(),
                HANDSHAKE.serverNonce(),
                HANDSHAKE.clientNonce(),
                "default",
                HANDSHAKE.certificate()),
            new Handshake(
                HANDSHAKE.serverInstance(),
                HANDSHAKE.clientInstance(),
                HANDSHAKE.serverNonce(),
                HANDSHAKE.clientNonce(),
                HANDSHAKE.name(),
                "00".repeat(32)),
            new Handshake(
                HANDSHAKE.clientInstance(),
                HANDSHAKE.serverInstance(),
                HANDSHAKE.clientNonce(),
                HANDSHAKE.serverNonce(),
                HANDSHAKE.name(),
                HANDSHAKE.certificate()));

    Set<String> proofs = new HashSet<>();
    for (Handshake each : others) {
      for (Side side : Side.values()) {
        assertTrue(proofs.add(proof(KEY, side, each)), () -> side + " " + each);
        assertTrue(proofs.add(proof(KEY + "x", side, each)), () -> side + " " + each);
      }
    }
  }

  @Test
  void aProofMatchesItselfOnly() {
    String proof = proof(KEY, Side.CLIENT, HANDSHAKE);

    assertTrue(Proofs.matches(proof, proof));
    for (int i = 0; i < proof.length(); i++) {
      char other = proof.charAt(i) == '0' ? '1' : '0';
      assertFalse(Proofs.matches(proof, proof.substring(0, i) + other + proof.substring(i + 1)));
      assertFalse(Proofs.matches(proof, proof.substring(0, i)));
    }
    assertFalse(Proofs.matches(proof, proof + "0"));
  }
}
