package dev.nodepass.runtime.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a real ClientHello offers, read whole and in pieces. */
class AlpnTest {
  private static final Alpn.Offer NONE = new Alpn.Offer.None();
  private static final Alpn.Offer FOREIGN = new Alpn.Offer.Foreign();
  private static final Alpn.Offer CONTROL = new Alpn.Offer.Ours(Alpn.CONTROL);
  private static final Alpn.Offer DATA = new Alpn.Offer.Ours(Alpn.DATA);

  private static final SslContext SERVER = server();

  private static SslContext server() {
    ServerCertificate own = ServerCertificate.inMemory(InstantSource.system(), new SecureRandom());
    try {
      return SslContextBuilder.forServer(own.key(), own.chain()).build();
    } catch (SSLException unusable) {
      throw new AssertionError(unusable);
    }
  }

  private static SSLEngine engine() {
    try {
      return SSLContext.getDefault().createSSLEngine();
    } catch (GeneralSecurityException missing) {
      throw new AssertionError(missing);
    }
  }

  /** The first record of a client that offers these. */
  private static byte[] hello(String... offered) {
    SSLEngine client = engine();
    client.setUseClientMode(true);
    SSLParameters parameters = client.getSSLParameters();
    parameters.setApplicationProtocols(offered);
    client.setSSLParameters(parameters);
    ByteBuffer record = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
    try {
      client.wrap(ByteBuffer.allocate(0), record);
    } catch (SSLException broken) {
      throw new AssertionError(broken);
    }
    return Arrays.copyOf(record.array(), record.position());
  }

  /** The message's body: behind the record's header and the message's. */
  private static Alpn.Offer offered(byte[] record) {
    ByteBuf body = Unpooled.wrappedBuffer(record, 9, record.length - 9);
    int before = body.readerIndex();
    Alpn.Offer offer = Alpn.offered(body);
    assertEquals(before, body.readerIndex(), "it is only read from");
    return offer;
  }

  private static Stream<Arguments> offers() {
    return Stream.of(
        Arguments.of(new String[] {}, NONE),
        Arguments.of(new String[] {"nodepass/2"}, CONTROL),
        Arguments.of(new String[] {"nodepass-data/2"}, DATA),
        Arguments.of(new String[] {"h2", "nodepass-data/2"}, DATA),
        Arguments.of(new String[] {"nodepass-data/2", "nodepass/2"}, CONTROL),
        Arguments.of(new String[] {"h2", "http/1.1"}, FOREIGN),
        Arguments.of(new String[] {"nodepass/3"}, FOREIGN),
        Arguments.of(new String[] {"nodepass/22"}, FOREIGN),
        Arguments.of(new String[] {"NODEPASS/2"}, FOREIGN));
  }

  @ParameterizedTest
  @MethodSource("offers")
  void theOfferOfAClientIsKnown(String[] names, Alpn.Offer offer) {
    assertEquals(offer, offered(hello(names)));
  }

  /** A hello of that many bytes of session id, cipher suites, and these extensions. */
  private static ByteBuf made(int sessionId, ByteBuf extensions) {
    return Unpooled.buffer()
        .writeZero(2 + 32)
        .writeByte(sessionId)
        .writeZero(sessionId)
        .writeShort(2)
        .writeShort(0x1301)
        .writeByte(1)
        .writeByte(0)
        .writeShort(extensions.readableBytes())
        .writeBytes(extensions);
  }

  private static ByteBuf extension(int type, byte[] body) {
    return Unpooled.buffer().writeShort(type).writeShort(body.length).writeBytes(body);
  }

  private static byte[] names(String... names) {
    ByteBuf list = Unpooled.buffer();
    for (String name : names) {
      list.writeByte(name.length()).writeCharSequence(name, StandardCharsets.US_ASCII);
    }
    ByteBuf body = Unpooled.buffer().writeShort(list.readableBytes()).writeBytes(list);
    return ByteBufUtil.getBytes(body);
  }

  @Test
  void theExtensionIsFoundBehindOthers() {
    ByteBuf extensions =
        Unpooled.wrappedBuffer(
            extension(0, new byte[] {1, 2, 3}),
            extension(43, new byte[0]),
            extension(16, names("nodepass/2")),
            extension(51, new byte[40]));

    assertEquals(CONTROL, Alpn.offered(made(32, extensions)));
  }

  @Test
  void aHelloWithoutExtensionsOffersNothing() {
    ByteBuf extensions = made(0, Unpooled.EMPTY_BUFFER);

    assertEquals(NONE, Alpn.offered(extensions));
    assertEquals(NONE, Alpn.offered(extensions.slice(0, extensions.readableBytes() - 2)));
  }

  @Test
  void anEmptyListOffersOthersOnly() {
    assertEquals(FOREIGN, Alpn.offered(made(0, extension(16, names()))));
  }

  @Test
  void aHelloThatIsCutShortIsNoneOfOurs() {
    ByteBuf whole = made(32, extension(16, names("nodepass/2")));
    for (int length = 0; length < whole.readableBytes(); length++) {
      Alpn.Offer offer = Alpn.offered(whole.slice(0, length));
      // It may end where extensions are not yet to be expected.
      assertEquals(length == 2 + 32 + 33 + 4 + 2 ? NONE : FOREIGN, offer, "cut at " + length);
    }
  }

  @Property
  void garbageIsNeverAnError(@ForAll @Size(max = 200) byte[] garbage) {
    assertNotNull(Alpn.offered(Unpooled.wrappedBuffer(garbage)));
    assertNotNull(Alpn.offered(made(0, Unpooled.wrappedBuffer(garbage))));
    assertNotNull(Alpn.offered(made(0, extension(16, garbage))));
  }

  /** A connection whose hello is read; the offers that were decided on. */
  private static List<Alpn.Offer> decided(EmbeddedChannel channel) {
    List<Alpn.Offer> offers = new ArrayList<>();
    channel
        .pipeline()
        .addLast(
            new HelloReader(
                offer -> {
                  offers.add(offer);
                  if (offer.equals(FOREIGN)) {
                    return null;
                  }
                  return SERVER.newHandler(channel.alloc());
                }));
    return offers;
  }

  @Test
  void itIsDecidedOnceTheHelloIsThereHoweverItIsCut() {
    byte[] hello = hello("nodepass/2");
    for (int cut = 1; cut < hello.length; cut += 7) {
      EmbeddedChannel channel = new EmbeddedChannel();
      List<Alpn.Offer> offers = decided(channel);
      channel.writeInbound(Unpooled.copiedBuffer(hello, 0, cut));
      assertEquals(List.of(), offers);
      assertNull(channel.pipeline().get("tls"));
      channel.pipeline().fireChannelRead(Unpooled.copiedBuffer(hello, cut, hello.length - cut));

      assertEquals(List.of(CONTROL), offers);
      assertNotNull(channel.pipeline().get("tls"));
      assertNull(channel.pipeline().get(HelloReader.class));
    }
  }

  @Test
  void whoIsRefusedGetsNoTls() {
    EmbeddedChannel channel = new EmbeddedChannel();
    List<Alpn.Offer> offers = decided(channel);
    channel.writeInbound(Unpooled.copiedBuffer(hello("h2")));

    assertEquals(List.of(FOREIGN), offers);
    assertNull(channel.pipeline().get("tls"));
  }
}
