package dev.nodepass.runtime.lifecycle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.nodepass.runtime.config.HostPort;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  private static Stream<Arguments> binds() {
    return Stream.of(
        Arguments.of(
            new BindException("Address already in use"), "something else listens there already"),
        Arguments.of(
            new IOException("bind(..) failed with error(-98): Address already in use"),
            "something else listens there already"),
        Arguments.of(
            new BindException("Permission denied"),
            "permission denied: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE"),
        Arguments.of(
            new BindException("Cannot assign requested address"),
            "this machine does not have that address"),
        Arguments.of(new UnknownHostException("nowhere"), "the name does not resolve"),
        Arguments.of(new IOException("odd\nthing"), "odd thing"),
        Arguments.of(new IOException(), "IOException"));
  }

  @ParameterizedTest
  @MethodSource("binds")
  void anAddressThatCannotBeListenedOnIsSaidInALine(Exception cause, String why) {
    TunnelFailure failure = Failures.bind("tunnel address", new HostPort("::1", 80), cause);

    assertEquals("cannot listen on the tunnel address [::1]:80: " + why, failure.getMessage());
    assertFalse(failure.isHopeless());
    assertEquals(0, failure.getStackTrace().length);
  }

  private static Stream<Arguments> dials() {
    return Stream.of(
        Arguments.of(new ConnectTimeoutException("x: y"), "no answer in time"),
        Arguments.of(new NoRouteToHostException("No route"), "no route to the host"),
        Arguments.of(new PortUnreachableException(), "port unreachable"),
        Arguments.of(new UnknownHostException("nowhere"), "the name does not resolve"),
        Arguments.of(new UnresolvedAddressException(), "the name does not resolve"),
        Arguments.of(new ConnectException("Connection refused: h/1.2.3.4:5"), "connection refused"),
        Arguments.of(new ConnectException("Network is\nunreachable"), "Network is unreachable"),
        Arguments.of(new ConnectException(), "ConnectException"),
        Arguments.of(new BindException("Cannot assign"), "Cannot assign"),
        Arguments.of(new IllegalStateException("a\nb"), "a b"));
  }

  @ParameterizedTest
  @MethodSource("dials")
  void anAddressThatCannotBeDialledIsSaidInALine(Exception cause, String why) {
    assertEquals(why, Failures.dial(cause));
  }

  @Test
  void knowsWhenSomebodyElseHasTheAddress() {
    assertTrue(Failures.isInUse(new BindException("Address already in use")));
    assertFalse(Failures.isInUse(new BindException("Permission denied")));
    assertFalse(Failures.isInUse(new BindException()));
    assertFalse(Failures.isInUse(new IllegalStateException("Address already in use")));
  }

  @Test
  void aFailureIsForNowOrForGood() {
    assertFalse(TunnelFailure.forNow("x").isHopeless());
    assertTrue(TunnelFailure.forGood("x").isHopeless());
  }
}
