package dev.nodepass.runtime.tls;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;

/** Certificates, keys and authorities in PEM files. Reads block: not for an event loop. */
public final class Pem {
  private Pem() {}

  /** What is wrong with a file, in a line that names it; never its content. */
  public static final class PemException extends Exception {
    private static final long serialVersionUID = 1L;

    PemException(String message) {
      super(message, null, false, false);
    }
  }

  /** A certificate chain, the own first, and its private key. */
  public static ServerCertificate certificate(Path certificates, Path key) throws PemException {
    List<X509Certificate> chain = certificates(certificates);
    PrivateKey privateKey = null;
    for (Object entry : entries(key)) {
      try {
        if (entry instanceof PEMKeyPair pair) {
          // Not the pair: the public key may be left out (RFC 5915).
          privateKey = new JcaPEMKeyConverter().getPrivateKey(pair.getPrivateKeyInfo());
        } else if (entry instanceof PrivateKeyInfo info) {
          privateKey = new JcaPEMKeyConverter().getPrivateKey(info);
        }
      } catch (IOException unusable) {
        throw new PemException(key + ": this private key is of a kind that Java does not know");
      }
    }
    if (privateKey == null) {
      throw new PemException(
          key + ": it holds no unencrypted private key (-----BEGIN PRIVATE KEY-----)");
    }
    if (!belongs(privateKey, chain.getFirst().getPublicKey())) {
      throw new PemException(key + ": this private key does not belong to " + certificates);
    }
    return new ServerCertificate(privateKey, chain);
  }

  /** Of two files that are being replaced, one may be read before the other. */
  private static boolean belongs(PrivateKey key, PublicKey other) {
    if (!key.getAlgorithm().equals(other.getAlgorithm())) {
      return false;
    }
    String algorithm =
        switch (key.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          case "EdDSA" -> "EdDSA";
          default -> "";
        };
    if (algorithm.isEmpty()) {
      // A kind that is not tried out here: TLS will.
      return true;
    }
    byte[] probe = {1};
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(other);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException otherCurveOrLength) {
      return false;
    }
  }

  private static List<X509Certificate> certificates(Path file) throws PemException {
    List<X509Certificate> found = new ArrayList<>();
    for (Object entry : entries(file)) {
      if (entry instanceof X509CertificateHolder holder) {
        try {
          found.add(new JcaX509CertificateConverter().getCertificate(holder));
        } catch (GeneralSecurityException unusable) {
          throw new PemException(file + ": a certificate in it cannot be read");
        }
      }
    }
    if (found.isEmpty()) {
      throw new PemException(file + ": it holds no certificate (-----BEGIN CERTIFICATE-----)");
    }
    return found;
  }

  private static List<Object> entries(Path file) throws PemException {
    List<Object> entries = new ArrayList<>();
    try (Reader reader = Files.newBufferedReader(file, StandardCharsets.US_ASCII);
        PEMParser parser = new PEMParser(reader)) {
      for (Object entry = parser.readObject(); entry != null; entry = parser.readObject()) {
        entries.add(entry);
      }
    } catch (NoSuchFileException missing) {
      throw new PemException(file + ": there is no such file");
    } catch (IOException | RuntimeException unreadable) {
      throw new PemException(file + ": it cannot be read as PEM");
    }
    return entries;
  }

  /** Trust in what the authorities of a file have signed. */
  public static TrustManager authorities(Path file) throws PemException {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int count = 0;
      for (X509Certificate authority : certificates(file)) {
        store.setCertificateEntry("ca-" + count++, authority);
      }
      return trust(store);
    } catch (GeneralSecurityException | IOException unusable) {
      throw new PemException(file + ": its certificates cannot be used as authorities");
    }
  }

  /** Trust in the authorities that this Java comes with. */
  public static TrustManager systemAuthorities() {
    try {
      return trust(null);
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("this Java has no certificate authorities", missing);
    }
  }

  private static TrustManager trust(@Nullable KeyStore store) throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new GeneralSecurityException("no X.509 trust");
  }
}
