package dev.nodepass.operator.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * How to reach the API server as one user.
 *
 * @param server URL
 * @param authority certificates by which the server is known (PEM)
 * @param token of the user
 */
public record Kubeconfig(String server, String authority, String token) {
  /** The same user, by another way to the server. */
  public Kubeconfig by(String url) {
    return new Kubeconfig(url, authority, token);
  }

  /** The file's text. */
  public String yaml() {
    return """
    apiVersion: v1
    kind: Config
    current-context: test
    clusters: [{name: test, cluster: {server: "%s", certificate-authority-data: %s}}]
    contexts: [{name: test, context: {cluster: test, user: test}}]
    users: [{name: test, user: {token: "%s"}}]
    """
        .formatted(
            server,
            Base64.getEncoder().encodeToString(authority.getBytes(StandardCharsets.US_ASCII)),
            token);
  }

  /** A new file with it. */
  public Path write(Path folder) {
    try {
      return Files.writeString(Files.createTempFile(folder, "kubeconfig", ".yaml"), yaml());
    } catch (IOException wrong) {
      throw new UncheckedIOException(wrong);
    }
  }
}
