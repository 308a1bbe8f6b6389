package dev.nodepass.runtime.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PemTest {
  private static final ServerCertificate OWN = made();
  private static final ServerCertificate OTHER = made();
  private static final KeyPair RSA = rsa();

  private final Path folder;

  PemTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** One for all, since it takes its time. */
  private static KeyPair rsa() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(2048);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException missing) {
      throw new AssertionError(missing);
    }
  }

  private static ServerCertificate made() {
    return ServerCertificate.inMemory(InstantSource.system(), new SecureRandom());
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static String pem(X509Certificate certificate) {
    try {
      return pem("CERTIFICATE", certificate.getEncoded());
    } catch (GeneralSecurityException unencodable) {
      throw new AssertionError(unencodable);
    }
  }

  private static String pem(String kind, byte[] bytes) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(kind, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes), kind);
  }

  private static String pkcs8(PrivateKey key) {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  /** As {@code openssl ec -no_public} writes it (RFC 5915). */
  private static String sec1(PrivateKey key) throws IOException {
    return pem(
        "EC PRIVATE KEY",
        new ECPrivateKey(256, number(key), SECObjectIdentifiers.secp256r1).getEncoded());
  }

  private static BigInteger number(PrivateKey key) {
    return ((java.security.interfaces.ECPrivateKey) key).getS();
  }

  private static String refusal(Path certificates, Path key) {
    String said =
        String.valueOf(
            assertThrows(Pem.PemException.class, () -> Pem.certificate(certificates, key))
                .getMessage());
    assertEquals(1, said.lines().count(), said);
    return said;
  }

  @Test
  void aCertificateAndItsKeyAreRead() throws IOException, Pem.PemException {
    Path certificate = file("a.crt", pem(OWN.certificate()));

    assertEquals(OWN, Pem.certificate(certificate, file("a.key", pkcs8(OWN.key()))), "PKCS#8");
    assertEquals(
        number(OWN.key()),
        number(Pem.certificate(certificate, file("b.key", sec1(OWN.key()))).key()),
        "SEC 1");
  }

  @Test
  void theChainStaysInItsOrderAndWhatIsBesideItDoesNotCount() throws IOException, Pem.PemException {
    Path both =
        file(
            "both.pem",
            "A comment.\n"
                + pkcs8(OWN.key())
                + pem(OWN.certificate())
                + "subject=O=NodePass\n"
                + pem(OTHER.certificate()));

    assertEquals(
        List.of(OWN.certificate(), OTHER.certificate()),
        Pem.certificate(both, both).certificates());
  }

  @ParameterizedTest
  @CsvSource({"RSA, SHA256withRSA", "EC, SHA256withECDSA", "Ed25519, Ed25519"})
  void keysOfTheUsualKindsAreRead(String kind, String signature)
      throws IOException, Pem.PemException, GeneralSecurityException, OperatorCreationException {
    KeyPair pair = kind.equals("RSA") ? RSA : KeyPairGenerator.getInstance(kind).generateKeyPair();
    X509Certificate certificate = selfSigned(pair, signature);
    Path chain = file("a.crt", pem(certificate));

    assertEquals(
        new ServerCertificate(pair.getPrivate(), List.of(certificate)),
        Pem.certificate(chain, file("a.key", pkcs8(pair.getPrivate()))));
  }

  @Test
  void aKeyOfRsaMayBeInItsOwnForm()
      throws IOException, Pem.PemException, GeneralSecurityException, OperatorCreationException {
    Path chain = file("a.crt", pem(selfSigned(RSA, "SHA256withRSA")));
    byte[] pkcs1 =
        PrivateKeyInfo.getInstance(RSA.getPrivate().getEncoded())
            .parsePrivateKey()
            .toASN1Primitive()
            .getEncoded();

    assertEquals(
        RSA.getPrivate(),
        Pem.certificate(chain, file("a.key", pem("RSA PRIVATE KEY", pkcs1))).key());
  }

  private static X509Certificate selfSigned(KeyPair pair, String signature)
      throws GeneralSecurityException, OperatorCreationException {
    X500Name name = new X500Name("CN=test");
    Instant now = Instant.now();
    return new JcaX509CertificateConverter()
        .getCertificate(
            new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.ONE,
                    Date.from(now.minusSeconds(60)),
                    Date.from(now.plusSeconds(3600)),
                    name,
                    pair.getPublic())
                .build(new JcaContentSignerBuilder(signature).build(pair.getPrivate())));
  }

  @Test
  void aKeyOfAnotherKindDoesNotBelongToTheCertificate() throws IOException {
    Path certificate = file("a.crt", pem(OWN.certificate()));
    Path key = file("a.key", pkcs8(RSA.getPrivate()));

    assertEquals(
        key + ": this private key does not belong to " + certificate, refusal(certificate, key));
  }

  @Test
  void anotherKeyOfTheSameKindDoesNotBelongToTheCertificate() throws IOException {
    Path certificate = file("a.crt", pem(OWN.certificate()));
    Path key = file("a.key", pkcs8(OTHER.key()));

    assertEquals(
        key + ": this private key does not belong to " + certificate, refusal(certificate, key));
  }

  @Test
  void aFileThatIsNotThereIsNamed() throws IOException {
    Path missing = folder.resolve("missing");
    Path certificate = file("a.crt", pem(OWN.certificate()));

    assertEquals(missing + ": there is no such file", refusal(missing, missing));
    assertEquals(missing + ": there is no such file", refusal(certificate, missing));
  }

  @Test
  void aFileWithoutWhatIsWantedIsNamed() throws IOException {
    Path certificate = file("a.crt", pem(OWN.certificate()));
    Path key = file("a.key", pkcs8(OWN.key()));
    Path empty = file("empty", "");

    assertEquals(
        key + ": it holds no certificate (-----BEGIN CERTIFICATE-----)", refusal(key, key));
    assertEquals(
        empty + ": it holds no certificate (-----BEGIN CERTIFICATE-----)", refusal(empty, key));
    assertEquals(
        certificate + ": it holds no unencrypted private key (-----BEGIN PRIVATE KEY-----)",
        refusal(certificate, certificate));
  }

  @Test
  void whatIsNoPemIsSaidWithoutItsContent() throws IOException {
    String secret = "c2VjcmV0LXNlY3JldA";
    Path broken =
        file(
            "broken.key",
            "-----BEGIN PRIVATE KEY-----\n" + secret + "\n-----END PRIVATE KEY-----\n");
    Path certificate = file("a.crt", pem(OWN.certificate()));

    String said = refusal(certificate, broken);
    assertTrue(said.startsWith(broken + ": "), said);
    assertFalse(said.contains(secret), said);
    Path binary = Files.write(folder.resolve("binary"), new byte[] {'-', (byte) 0xff, '\n'});
    assertEquals(binary + ": it cannot be read as PEM", refusal(binary, broken));
  }

  @Test
  void authoritiesAreAllCertificatesOfAFile() throws IOException, Pem.PemException {
    Path file = file("ca.pem", pem(OWN.certificate()) + pem(OTHER.certificate()));

    X509Certificate[] trusted = ((X509TrustManager) Pem.authorities(file)).getAcceptedIssuers();
    assertEquals(Set.of(OWN.certificate(), OTHER.certificate()), Set.of(trusted));
  }

  @Test
  void authoritiesThatAreNoneAreNamed() throws IOException {
    Path empty = file("empty", "");

    assertEquals(
        empty + ": it holds no certificate (-----BEGIN CERTIFICATE-----)",
        assertThrows(Pem.PemException.class, () -> Pem.authorities(empty)).getMessage());
  }

  @Test
  void thisJavaComesWithAuthorities() {
    assertTrue(((X509TrustManager) Pem.systemAuthorities()).getAcceptedIssuers().length > 0);
  }

  @Test
  void aFingerprintIsTheHashOfTheCertificateAPinThatOfItsKey() throws GeneralSecurityException {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    X509Certificate certificate = OWN.certificate();

    assertEquals(
        HexFormat.of().formatHex(sha256.digest(certificate.getEncoded())),
        Fingerprint.ofCertificate(certificate));
    assertEquals(
        HexFormat.of().formatHex(sha256.digest(certificate.getPublicKey().getEncoded())),
        Fingerprint.ofKey(certificate));
    assertNotEquals(
        Fingerprint.ofCertificate(certificate), Fingerprint.ofCertificate(OTHER.certificate()));
  }
}
