package dev.nodepass.runtime.net;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;

/**
 * Who is at the other end of a connection: a plain blocking socket. Reads fail after {@link
 * #PATIENCE}.
 */
public final class Peer implements AutoCloseable {
  /** The deadline of whatever a test waits for; long, because the machine may be busy. */
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Socket socket;

  /** Takes a socket over. */
  public Peer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
  }

  /** Dials a port of this machine. */
  public static Peer dial(int port) throws IOException {
    return dial(port, 0);
  }

  /**
   * Dials a port of this machine.
   *
   * @param kernelBuffers size of the socket's buffers in bytes; 0 to leave it to the kernel
   */
  public static Peer dial(int port, int kernelBuffers) throws IOException {
    Socket socket = new Socket();
    try {
      if (kernelBuffers > 0) {
        socket.setReceiveBufferSize(kernelBuffers);
        socket.setSendBufferSize(kernelBuffers);
      }
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
          Math.toIntExact(PATIENCE.toMillis()));
      return new Peer(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** What it reads from. */
  public InputStream input() throws IOException {
    return socket.getInputStream();
  }

  /** What it writes to. */
  public OutputStream output() throws IOException {
    return socket.getOutputStream();
  }

  /** Sends these in one write. */
  public void send(byte[] bytes) throws IOException {
    output().write(bytes);
  }

  /** Ends its stream; it goes on reading. */
  public void finish() throws IOException {
    socket.shutdownOutput();
  }

  /** Closes so that a reset is sent (socket(7): SO_LINGER 0). */
  public void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** The next bytes, fewer only when the stream ends before. */
  public byte[] receive(int length) throws IOException {
    return input().readNBytes(length);
  }

  /** All bytes until the stream ends. */
  public byte[] receiveAll() throws IOException {
    return input().readAllBytes();
  }

  /** Reads on until the connection is reset; fails when the stream ends in order. */
  public void awaitReset() throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long read = 0;
    try {
      for (int n = input().read(buffer); n >= 0; n = input().read(buffer)) {
        read += n;
      }
    } catch (SocketException reset) {
      String message = String.valueOf(reset.getMessage());
      assertTrue(message.contains("Connection reset"), message);
      return;
    }
    fail("ended in order after " + read + " bytes, no reset");
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
