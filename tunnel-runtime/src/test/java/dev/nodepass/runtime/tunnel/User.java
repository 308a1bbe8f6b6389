package dev.nodepass.runtime.tunnel;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** What users do with a target port; blocking, with time limits. */
final class User {
  private static final int PATIENCE_MILLIS = 30_000;

  private User() {}

  /** That port of 127.0.0.1. */
  static InetSocketAddress address(int port) {
    return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
  }

  static Socket connect(int port) throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.connect(address(port), PATIENCE_MILLIS);
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  /** Sends, reads as much back, closes. */
  static byte[] echo(int port, byte[] what) throws IOException {
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(what);
      return socket.getInputStream().readNBytes(what.length);
    }
  }

  /** Sends, ends its stream, and reads to the end. */
  static byte[] sendAllThenReadAll(int port, byte[] what) throws IOException {
    try (Socket socket = connect(port)) {
      socket.getOutputStream().write(what);
      socket.shutdownOutput();
      return socket.getInputStream().readAllBytes();
    }
  }

  /** One datagram there and one back. */
  static byte[] ask(int port, byte[] what, int timeoutMillis) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(timeoutMillis);
      socket.send(new DatagramPacket(what, what.length, address(port)));
      DatagramPacket answer = new DatagramPacket(new byte[65_535], 65_535);
      socket.receive(answer);
      return Arrays.copyOf(answer.getData(), answer.getLength());
    }
  }

  /** The same bytes for the same seed. */
  static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static String hash(byte[] bytes) {
    return HexFormat.of().formatHex(digest().digest(bytes));
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
