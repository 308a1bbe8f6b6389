package dev.nodepass.runtime.tls;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The application protocols of the tunnel port (RFC 7301). Source: docs/protocol.md. */
public enum Alpn {
  /** A control connection of protocol 2. */
  CONTROL("nodepass/2"),
  /** A data connection of protocol 2. */
  DATA("nodepass-data/2");

  private static final int EXTENSION = 16;

  private final String id;

  Alpn(String id) {
    this.id = id;
  }

  /** The name on the wire. */
  public String id() {
    return id;
  }

  /** What a client offers. */
  public sealed interface Offer {
    /** One of ours. */
    record Ours(Alpn protocol) implements Offer {}

    /** No application protocol at all. */
    record None() implements Offer {}

    /** Others only. */
    record Foreign() implements Offer {}
  }

  /**
   * What a ClientHello offers (RFC 8446, 4.1.2).
   *
   * @param hello the message's body; only read from
   */
  static Offer offered(ByteBuf hello) {
    try {
      return offered(names(hello.slice()));
    } catch (IndexOutOfBoundsException cutShort) {
      // The handshake will find the same.
      return new Offer.Foreign();
    }
  }

  private static Offer offered(Optional<List<String>> names) {
    if (names.isEmpty()) {
      return new Offer.None();
    }
    for (Alpn ours : values()) {
      if (names.get().contains(ours.id)) {
        return new Offer.Ours(ours);
      }
    }
    return new Offer.Foreign();
  }

  private static Optional<List<String>> names(ByteBuf hello) {
    // legacy_version, random
    hello.skipBytes(2 + 32);
    hello.skipBytes(hello.readUnsignedByte());
    hello.skipBytes(hello.readUnsignedShort());
    hello.skipBytes(hello.readUnsignedByte());
    if (!hello.isReadable()) {
      return Optional.empty();
    }
    ByteBuf extensions = hello.readSlice(hello.readUnsignedShort());
    while (extensions.isReadable()) {
      int type = extensions.readUnsignedShort();
      ByteBuf body = extensions.readSlice(extensions.readUnsignedShort());
      if (type == EXTENSION) {
        ByteBuf list = body.readSlice(body.readUnsignedShort());
        List<String> names = new ArrayList<>();
        while (list.isReadable()) {
          names.add(
              list.readCharSequence(list.readUnsignedByte(), StandardCharsets.US_ASCII).toString());
        }
        return Optional.of(names);
      }
    }
    return Optional.empty();
  }
}
