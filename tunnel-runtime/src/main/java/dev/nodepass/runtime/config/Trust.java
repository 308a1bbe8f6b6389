package dev.nodepass.runtime.config;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Certificates: the own, and by what the peer's is trusted.
 *
 * @param certificate PEM file of the own chain
 * @param certificateKey PEM file of its private key; there is one when there is the other
 * @param clientCa PEM file of the authorities for clients' certificates, which are demanded then
 * @param pin SHA-256 of the server's public key, as hex
 * @param ca the authorities for the server's certificate
 * @param host the name that it must have; empty for the host that is dialled
 */
public record Trust(
    Optional<Path> certificate,
    Optional<Path> certificateKey,
    Optional<Path> clientCa,
    Optional<String> pin,
    Optional<Authorities> ca,
    Optional<String> host) {

  /** Where certificate authorities come from. */
  public sealed interface Authorities {
    /** Those that Java comes with. */
    record OfJava() implements Authorities {}

    /** A PEM file. */
    record File(Path path) implements Authorities {}
  }

  /** True when something but a key tells the client who the server is. */
  public boolean verifiesServer() {
    return pin.isPresent() || ca.isPresent();
  }
}
