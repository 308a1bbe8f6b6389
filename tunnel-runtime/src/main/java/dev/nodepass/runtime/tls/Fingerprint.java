package dev.nodepass.runtime.tls;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.HexFormat;

/** SHA-256 as 64 lower-case hex digits. */
public final class Fingerprint {
  private Fingerprint() {}

  /** Of the whole certificate (DER): what proofs are bound to. */
  public static String ofCertificate(Certificate certificate) {
    try {
      return of(certificate.getEncoded());
    } catch (GeneralSecurityException unencodable) {
      throw new IllegalArgumentException("a certificate without an encoding", unencodable);
    }
  }

  /** Of the public key (SubjectPublicKeyInfo, DER): what a pin names. */
  public static String ofKey(Certificate certificate) {
    return of(certificate.getPublicKey().getEncoded());
  }

  private static String of(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no SHA-256", missing);
    }
  }
}
