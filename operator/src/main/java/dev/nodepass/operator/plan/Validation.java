package dev.nodepass.operator.plan;

import dev.nodepass.crds.CertificateSource;
import dev.nodepass.crds.ForwardTo;
import dev.nodepass.crds.NodePassTunnel;
import dev.nodepass.crds.PodSettings;
import dev.nodepass.crds.TunnelSpec;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with a resource that its schema lets through. Pure. */
public final class Validation {
  private final Surroundings surroundings;

  public Validation(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /** All problems, in the order of the fields; a resource without any can be planned. */
  public List<Problem> problems(NodePassTunnel resource) {
    Tunnel tunnel = Tunnel.of(resource, surroundings.version());
    List<Problem> problems = new ArrayList<>();
    target(tunnel, problems);
    networks(tunnel.spec(), problems);
    certificates(tunnel.spec(), problems);
    resources(tunnel.spec().resources(), problems);
    environment(tunnel.spec().podOrDefault(), problems);
    return List.copyOf(problems);
  }

  /** A tunnel that leads to itself would pass its own users round and round. */
  private static void target(Tunnel tunnel, List<Problem> problems) {
    ForwardTo to = tunnel.spec().forwardTo();
    if (to == null) {
      return;
    }
    String host = to.service() != null ? to.service() : String.valueOf(to.host());
    String service =
        host.replaceFirst("\\." + Pattern.quote(tunnel.namespace()) + "\\.svc(\\..*)?$", "");
    boolean inNamespace = to.service() != null || !service.equals(host);
    Set<String> own = Set.of(tunnel.names().tunnel(), tunnel.names().peers());
    if (tunnel.isServer() && inNamespace && own.contains(service)) {
      problems.add(
          new Problem(
              "spec.forwardTo",
              "it leads to the tunnel's own Service "
                  + service
                  + ": name the service that is to be reached"));
    }
    if (to.host() != null && looksLikeAddress(to.host()) && !Networks.isAddress(to.host())) {
      problems.add(new Problem("spec.forwardTo.host", "'" + to.host() + "' is no address"));
    }
  }

  private static boolean looksLikeAddress(String host) {
    return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  private static void networks(TunnelSpec spec, List<Problem> problems) {
    networks("spec.limits.allowUsers", spec.limitsOrDefault().allowUsers(), problems);
    networks("spec.limits.allowClients", spec.limitsOrDefault().allowClients(), problems);
    ranges(
        "spec.service.loadBalancerSourceRanges",
        spec.serviceOrDefault().loadBalancerSourceRanges(),
        problems);
    ranges(
        "spec.listen.service.loadBalancerSourceRanges",
        spec.targetServiceOrDefault().loadBalancerSourceRanges(),
        problems);
    if (spec.server() != null) {
      spec.server().all().stream()
          .filter(s -> looksLikeAddress(s.host()) && !Networks.isAddress(s.host()))
          .forEach(
              s -> problems.add(new Problem("spec.server", "'" + s.host() + "' is no address")));
    }
  }

  private static void networks(String field, List<String> networks, List<Problem> problems) {
    for (String network : networks) {
      if (!Networks.isNetwork(network)) {
        problems.add(
            new Problem(
                field, "'" + network + "' is no network such as 10.0.0.0/8 or 2001:db8::/32"));
      }
    }
  }

  /** Kubernetes takes no bare addresses here. */
  private static void ranges(String field, List<String> ranges, List<Problem> problems) {
    networks(field, ranges, problems);
    ranges.stream()
        .filter(r -> Networks.isAddress(r))
        .forEach(
            r ->
                problems.add(
                    new Problem(
                        field, "'" + r + "' needs a length, such as " + r + "/" + bits(r))));
  }

  private static int bits(String address) {
    return address.indexOf(':') >= 0 ? 128 : 32;
  }

  private void certificates(TunnelSpec spec, List<Problem> problems) {
    if (spec.tlsOrDefault().source() == CertificateSource.CERT_MANAGER
        && !surroundings.certificates()) {
      problems.add(
          new Problem(
              "spec.tls.source",
              "CertManager needs cert-manager, which is not installed in this cluster: install it,"
                  + " or use source Secret"));
    }
  }

  private static void resources(@Nullable ResourceRequirements resources, List<Problem> problems) {
    if (resources == null || resources.getRequests() == null || resources.getLimits() == null) {
      return;
    }
    Map<String, Quantity> limits = resources.getLimits();
    resources
        .getRequests()
        .forEach(
            (name, request) -> {
              Quantity limit = limits.get(name);
              if (limit != null
                  && isQuantity(request, name, problems)
                  && isQuantity(limit, name, problems)
                  && request.getNumericalAmount().compareTo(limit.getNumericalAmount()) > 0) {
                problems.add(
                    new Problem(
                        "spec.resources",
                        "of %s more is requested (%s) than allowed (%s)"
                            .formatted(name, request, limit)));
              }
            });
  }

  private static boolean isQuantity(Quantity quantity, String name, List<Problem> problems) {
    try {
      return quantity.getNumericalAmount() != null;
    } catch (IllegalArgumentException none) {
      problems.add(
          new Problem(
              "spec.resources",
              "'%s' is no amount of %s such as 500m or 64Mi".formatted(quantity, name)));
      return false;
    }
  }

  private static void environment(PodSettings pod, List<Problem> problems) {
    Set<String> names = new HashSet<>();
    for (EnvVar variable : pod.env()) {
      if (variable.getName() == null || variable.getName().isEmpty()) {
        problems.add(new Problem("spec.pod.env", "a variable has no name"));
      } else if (!names.add(variable.getName())) {
        problems.add(
            new Problem(
                "spec.pod.env", "the variable " + variable.getName() + " stands there twice"));
      }
    }
  }
}
