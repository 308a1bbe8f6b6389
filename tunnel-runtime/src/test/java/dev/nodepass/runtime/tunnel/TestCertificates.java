package dev.nodepass.runtime.tunnel;

import dev.nodepass.runtime.tls.ServerCertificate;
import java.io.IOException;
import java.math.BigInteger;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Authorities, certificates and files of them, made for a test. */
final class TestCertificates {
  private static final SecureRandom RANDOM = new SecureRandom();

  private TestCertificates() {}

  /** Who signs certificates. */
  record Authority(KeyPair keys, X509Certificate certificate) {
    static Authority create(String name) throws Exception {
      KeyPair keys = freshKeys();
      X500Name subject = new X500Name("CN=" + name);
      X509v3CertificateBuilder builder = builder(subject, subject, keys);
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
      return new Authority(keys, signed(builder, keys));
    }

    /** A certificate of 127.0.0.1 and that name. */
    ServerCertificate issue(String name) throws Exception {
      KeyPair own = freshKeys();
      X509v3CertificateBuilder builder =
          builder(
              X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
              new X500Name("CN=" + name),
              own);
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(
              new GeneralName[] {
                new GeneralName(GeneralName.dNSName, name),
                new GeneralName(GeneralName.iPAddress, "127.0.0.1")
              }));
      return new ServerCertificate(own.getPrivate(), List.of(signed(builder, keys)));
    }

    Path writeTo(Path file) throws Exception {
      return Files.writeString(file, pem("CERTIFICATE", certificate.getEncoded()));
    }
  }

  private static KeyPair freshKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"), RANDOM);
    return generator.generateKeyPair();
  }

  private static X509v3CertificateBuilder builder(X500Name issuer, X500Name subject, KeyPair keys) {
    Instant now = Instant.now();
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(120, RANDOM),
        Date.from(now.minus(Duration.ofDays(1))),
        Date.from(now.plus(Duration.ofDays(30))),
        subject,
        keys.getPublic());
  }

  private static X509Certificate signed(X509v3CertificateBuilder builder, KeyPair by)
      throws Exception {
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate())));
  }

  // ---- files

  /** Where a certificate and its key lie. */
  record PemFiles(Path certificate, Path key) {
    /** As options of a URL. */
    String query() {
      return "cert=%s&cert-key=%s".formatted(certificate, key);
    }

    /** Puts another in their place, each file at once. */
    void replaceBy(ServerCertificate next) throws Exception {
      move(certificate, pem(next));
      move(key, pemOfKey(next));
    }
  }

  private static void move(Path file, String content) throws IOException {
    Path fresh = Path.of(file + ".new");
    Files.writeString(fresh, content);
    Files.move(fresh, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  static PemFiles write(Path folder, String name, ServerCertificate certificate) throws Exception {
    PemFiles files = new PemFiles(folder.resolve(name + ".crt"), folder.resolve(name + ".key"));
    files.replaceBy(certificate);
    return files;
  }

  static String pem(ServerCertificate certificate) throws GeneralSecurityException {
    StringBuilder all = new StringBuilder();
    for (X509Certificate one : certificate.certificates()) {
      all.append(pem("CERTIFICATE", one.getEncoded()));
    }
    return all.toString();
  }

  static String pemOfKey(ServerCertificate certificate) {
    return pem("PRIVATE KEY", certificate.key().getEncoded());
  }

  private static String pem(String what, byte[] content) {
    Base64.Encoder lines = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, lines.encodeToString(content), what);
  }

  // ---- TLS by the JDK

  /** TLS that shows a certificate, or none, and takes whatever the peer shows. */
  static SSLContext tls(@Nullable ServerCertificate own) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        own == null ? null : new KeyManager[] {new ShowsOwn(own)},
        new TrustManager[] {new TakesAll()},
        RANDOM);
    return context;
  }

  /** Shows a certificate, whatever the peer says it would like to see. */
  private static final class ShowsOwn extends X509ExtendedKeyManager {
    private final ServerCertificate own;

    ShowsOwn(ServerCertificate own) {
      this.own = own;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return type.equals(own.key().getAlgorithm()) ? "own" : null;
    }

    @Override
    public String chooseClientAlias(
        String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return "own";
    }

    @Override
    public String[] getServerAliases(String type, Principal @Nullable [] issuers) {
      return new String[] {"own"};
    }

    @Override
    public String[] getClientAliases(String type, Principal @Nullable [] issuers) {
      return new String[] {"own"};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return own.certificates().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return own.key();
    }
  }

  /** Trusts everybody. */
  private static final class TakesAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
