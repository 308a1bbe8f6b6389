package dev.nodepass.runtime.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A private key and its certificate, with those that vouch for it. Immutable.
 *
 * @param key never shown
 * @param certificates the own first, then its issuers
 */
public record ServerCertificate(PrivateKey key, List<X509Certificate> certificates) {
  private static final Duration VALID = Duration.ofDays(365);
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);

  public ServerCertificate {
    certificates = List.copyOf(certificates);
  }

  /** The own certificate. */
  public X509Certificate certificate() {
    return certificates.getFirst();
  }

  /** All certificates, as TLS shows them. */
  X509Certificate[] chain() {
    return certificates.toArray(X509Certificate[]::new);
  }

  /**
   * Makes one in memory as the Go program does: ECDSA P-256, self-signed, a subject of an
   * organisation only, no alternative names. Protocol 1 clients do not verify it.
   */
  public static ServerCertificate inMemory(InstantSource clock, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      X500Name name = new X500Name("O=NodePass");
      Instant now = clock.instant();
      ContentSigner signer =
          new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate());
      byte[] encoded =
          new JcaX509v3CertificateBuilder(
                  name,
                  new BigInteger(127, random),
                  Date.from(now.minus(CLOCK_SKEW)),
                  Date.from(now.plus(VALID)),
                  name,
                  pair.getPublic())
              .build(signer)
              .getEncoded();
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(encoded));
      return new ServerCertificate(pair.getPrivate(), List.of(certificate));
    } catch (GeneralSecurityException | OperatorCreationException | IOException missing) {
      throw new IllegalStateException("this Java cannot make an ECDSA P-256 certificate", missing);
    }
  }

  @Override
  public String toString() {
    return "ServerCertificate[" + certificate().getSubjectX500Principal() + "]";
  }
}
