package dev.nodepass.runtime.lifecycle;

import dev.nodepass.runtime.config.HostPort;
import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.util.Locale;

/** Puts the errors of sockets into words for a person. */
public final class Failures {
  private Failures() {}

  /** Why an address could not be listened on. */
  public static TunnelFailure bind(String what, HostPort address, Throwable cause) {
    String text = message(cause).toLowerCase(Locale.ROOT);
    String why;
    if (text.contains("in use")) {
      why = "something else listens there already";
    } else if (text.contains("permission denied")) {
      why = "permission denied: ports below 1024 need root or the capability CAP_NET_BIND_SERVICE";
    } else if (text.contains("cannot assign requested address")) {
      why = "this machine does not have that address";
    } else if (cause instanceof UnknownHostException) {
      why = "the name does not resolve";
    } else {
      why = message(cause);
    }
    return TunnelFailure.forNow("cannot listen on the %s %s: %s".formatted(what, address, why));
  }

  /** True when somebody else has the address. */
  public static boolean isInUse(Throwable cause) {
    return cause instanceof IOException
        && message(cause).toLowerCase(Locale.ROOT).contains("in use");
  }

  /** Why an address could not be dialled, without the address. */
  public static String dial(Throwable cause) {
    return switch (cause) {
      case ConnectTimeoutException timeout -> "no answer in time";
      case NoRouteToHostException route -> "no route to the host";
      case PortUnreachableException port -> "port unreachable";
      case UnknownHostException name -> "the name does not resolve";
      case UnresolvedAddressException name -> "the name does not resolve";
      case BindException bind -> message(bind);
      case ConnectException refused ->
          message(refused).contains("refused") ? "connection refused" : message(refused);
      default -> message(cause);
    };
  }

  private static String message(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message.replace('\n', ' ');
  }
}
