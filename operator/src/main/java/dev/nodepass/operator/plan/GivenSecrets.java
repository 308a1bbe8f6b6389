package dev.nodepass.operator.plan;

import dev.nodepass.crds.Auth;
import dev.nodepass.crds.AuthType;
import dev.nodepass.crds.KeySecret;
import dev.nodepass.crds.Tls;
import dev.nodepass.crds.TunnelSpec;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Secrets that a person has to bring along, because a resource names them. */
public final class GivenSecrets {
  private GivenSecrets() {}

  /** Their names, each once, in the order of the fields. */
  public static List<String> of(TunnelSpec spec) {
    List<String> names = new ArrayList<>();
    Auth auth = spec.authOrDefault();
    KeySecret keys = auth.type() == AuthType.KEY ? auth.secret() : null;
    add(names, keys == null ? null : keys.name());
    Tls tls = spec.tlsOrDefault();
    add(names, tls.secretName());
    add(names, tls.clientCa() == null ? null : tls.clientCa().secretName());
    add(names, tls.ca() == null ? null : tls.ca().secretName());
    return names.stream().distinct().toList();
  }

  private static void add(List<String> names, @Nullable String name) {
    if (name != null) {
      names.add(name);
    }
  }
}
