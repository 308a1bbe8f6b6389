package dev.nodepass.operator.plan;

import dev.nodepass.crds.Auth;
import dev.nodepass.crds.AuthType;
import dev.nodepass.crds.CertificateSource;
import dev.nodepass.crds.DataSecurity;
import dev.nodepass.crds.ForwardTo;
import dev.nodepass.crds.Limits;
import dev.nodepass.crds.Pool;
import dev.nodepass.crds.ServerAddress;
import dev.nodepass.crds.Timeouts;
import dev.nodepass.crds.Tls;
import dev.nodepass.crds.TunnelSpec;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A spec in the words of the runtime: addresses in its URL, all else in its environment. What is
 * the runtime's default anyway is left out, so that an operator which knows more settings does not
 * restart all pods.
 */
final class RuntimeSettings {
  private final Map<Variable, String> values = new EnumMap<>(Variable.class);

  private RuntimeSettings() {}

  /** The URL with which the runtime is started. */
  static String url(Tunnel tunnel) {
    TunnelSpec spec = tunnel.spec();
    String from =
        spec.server() == null
            ? ":" + Ports.TUNNEL
            : spec.server().all().stream()
                .map(ServerAddress::toString)
                .collect(Collectors.joining(","));
    String to = spec.forwardTo() == null ? ":" + Ports.TARGET : service(tunnel, spec.forwardTo());
    return (tunnel.isServer() ? "server://" : "client://") + from + "/" + to;
  }

  private static String service(Tunnel tunnel, ForwardTo to) {
    return to.service() != null
        ? to.service() + "." + tunnel.namespace() + ".svc:" + to.port()
        : new ServerAddress(String.valueOf(to.host()), to.port()).toString();
  }

  /** The environment, in the order of {@link Variable}. */
  static List<EnvVar> environment(Tunnel tunnel) {
    RuntimeSettings settings = new RuntimeSettings();
    settings.basics(tunnel);
    settings.identity(tunnel.spec().authOrDefault());
    settings.certificates(tunnel.spec().tlsOrDefault());
    settings.pool(tunnel.spec().poolOrDefault());
    settings.limits(tunnel.spec().limitsOrDefault());
    settings.times(tunnel.spec().timeoutsOrDefault());
    return settings.values.entrySet().stream()
        .map(
            e ->
                new EnvVarBuilder().withName(e.getKey().variable()).withValue(e.getValue()).build())
        .toList();
  }

  private void basics(Tunnel tunnel) {
    TunnelSpec spec = tunnel.spec();
    set(Variable.MODE, Words.lower(spec.mode()));
    set(Variable.HTTP, ":" + Ports.MANAGEMENT);
    set(Variable.LOG, Words.lower(spec.logOrDefault().level()));
    set(Variable.LOG_FORMAT, Words.lower(spec.logOrDefault().format()));
    set(Variable.LEGACY, spec.legacy() ? "1" : "0");
    if (tunnel.isServer()) {
      // By name, not by number: scaling must not change the pods.
      set(Variable.PEERS, "dns:" + tunnel.names().peers() + "." + tunnel.namespace() + ".svc");
    }
    set(
        Variable.PROXY,
        switch (spec.proxyProtocolOrDefault().send()) {
          case OFF -> "off";
          case V1 -> "1";
          case V2 -> "2";
        });
    set(Variable.ACCEPT_PROXY, spec.proxyProtocolOrDefault().accept() ? "1" : "0");
  }

  private void identity(Auth auth) {
    if (auth.type() == AuthType.KEY) {
      set(Variable.KEY_FILE, Mounts.KEYS);
    }
    set(Variable.NAME, auth.name());
  }

  private void certificates(Tls tls) {
    if (tls.source() != CertificateSource.IN_MEMORY) {
      set(Variable.TLS_CERT, Mounts.TLS + "/tls.crt");
      set(Variable.TLS_KEY, Mounts.TLS + "/tls.key");
    }
    if (tls.clientCa() != null) {
      set(Variable.CLIENT_CA, Mounts.CLIENT_CA + "/" + tls.clientCa().key());
    }
    if (tls.ca() != null) {
      set(Variable.CA, tls.ca().system() ? "system" : Mounts.CA + "/" + tls.ca().key());
    }
    set(Variable.TLS_HOST, tls.serverName());
    set(Variable.PIN, tls.pin());
    set(Variable.DATA, tls.data() == DataSecurity.PLAIN ? "plain" : "tls");
  }

  private void pool(Pool pool) {
    set(Variable.MIN, String.valueOf(pool.min()));
    set(Variable.MAX, String.valueOf(pool.max()));
  }

  private void limits(Limits limits) {
    set(Variable.SEMAPHORE, String.valueOf(limits.connections()));
    set(Variable.PER_SOURCE, String.valueOf(limits.perSource()));
    set(Variable.ACCEPT_RATE, String.valueOf(limits.acceptRate()));
    set(Variable.RATE, String.valueOf(limits.rateMbit()));
    set(Variable.ALLOW, String.join(",", limits.allowUsers()));
    set(Variable.ALLOW_CLIENTS, String.join(",", limits.allowClients()));
    set(Variable.REUSE, String.valueOf(limits.reuse()));
    set(Variable.LANES, String.valueOf(limits.udpLanes()));
    set(Variable.UDP_BUFFER, String.valueOf(limits.datagramBytes()));
  }

  private void times(Timeouts timeouts) {
    set(Variable.SHUTDOWN, timeouts.drain());
    set(Variable.INTERVAL, timeouts.heartbeat());
    set(Variable.COOLDOWN, timeouts.retry());
    set(Variable.UDP_TIMEOUT, timeouts.udpAnswer());
    set(Variable.UDP_SESSION, timeouts.udpSession());
  }

  private void set(Variable variable, @Nullable String value) {
    if (value != null && !value.isEmpty() && !value.equals(variable.runtimeDefault())) {
      values.put(variable, value);
    }
  }
}
