package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.model.annotation.SpecReplicas;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a person wants: one side of one tunnel, which carries one port. */
@ValidationRule(
    value = "self.role == oldSelf.role",
    message = "role cannot be changed: delete this tunnel and make another one")
@ValidationRule(
    value =
        "(has(self.service) && self.service.type != 'LoadBalancer')"
            + " || (has(oldSelf.service) && oldSelf.service.type != 'LoadBalancer')"
            + " || (has(self.service) && has(self.service.loadBalancerClass)"
            + " ? self.service.loadBalancerClass : '')"
            + " == (has(oldSelf.service) && has(oldSelf.service.loadBalancerClass)"
            + " ? oldSelf.service.loadBalancerClass : '')",
    message = "service." + Exposure.CLASS_MESSAGE)
@ValidationRule(
    value = "self.role != 'Client' || has(self.server)",
    message = "a Client needs server, which it dials: server: {host: tunnel.example.com}")
@ValidationRule(
    value = "self.role != 'Server' || !has(self.server)",
    message = "a Server must not have server: clients dial it at status.endpoint")
@ValidationRule(
    value = "(self.role == 'Server') != (self.mode == 'Reverse') || has(self.listen)",
    message =
        "listen is missing: users come to this side (a Server in mode Reverse, a Client in mode"
            + " Forward), for example listen: {port: 5432}")
@ValidationRule(
    value = "(self.role == 'Server') == (self.mode == 'Reverse') || !has(self.listen)",
    message =
        "listen must not be given: users come to the other side (a Server in mode Reverse, a Client"
            + " in mode Forward)")
@ValidationRule(
    value = "(self.role == 'Server') == (self.mode == 'Reverse') || has(self.forwardTo)",
    message =
        "forwardTo is missing: this side dials the service (a Client in mode Reverse, a Server in"
            + " mode Forward), for example forwardTo: {service: web, port: 80}")
@ValidationRule(
    value = "(self.role == 'Server') != (self.mode == 'Reverse') || !has(self.forwardTo)",
    message =
        "forwardTo must not be given: the other side dials the service (a Client in mode Reverse, a"
            + " Server in mode Forward)")
@ValidationRule(
    value = "self.role == 'Server' || !has(self.service)",
    message = "service must not be given for a Client: clients dial, nobody dials them")
@ValidationRule(
    value =
        "!has(self.service) || !has(self.service.nodePort) || !has(self.listen)"
            + " || !has(self.listen.service) || !has(self.listen.service.nodePort)"
            + " || self.service.nodePort != self.listen.service.nodePort",
    message = "service.nodePort and listen.service.nodePort clash: give each a port of its own")
@ValidationRule(
    value =
        "self.role == 'Client' || !has(self.tls)"
            + " || (!has(self.tls.pin) && !has(self.tls.ca) && !has(self.tls.serverName))",
    message = "tls.pin, tls.ca and tls.serverName are for Clients: by these they know their server")
@ValidationRule(
    value = "self.role == 'Server' || !has(self.tls) || !has(self.tls.clientCa)",
    message = "tls.clientCa is for Servers: it says which clients they take")
@ValidationRule(
    value = "self.role == 'Client' || !has(self.pool)",
    message = "pool is for Clients: they open the data connections")
@ValidationRule(
    value = "self.role == 'Server' || !has(self.limits) || self.limits.allowClients.size() == 0",
    message = "limits.allowClients is for Servers: it says where their clients may come from")
@ValidationRule(
    value = "self.role == 'Client' || !has(self.auth) || !has(self.auth.name)",
    message = "auth.name is for Clients: a Server takes all names in its keys")
@ValidationRule(
    value = "!self.legacy || (self.role == 'Client' && has(self.auth) && self.auth.type == 'None')",
    message =
        "legacy is for Clients with auth.type None: servers of NodePass 1.0.x know no keys, and a"
            + " Service cannot carry their clients' data ports")
@ValidationRule(
    value = "self.replicas <= 32",
    message =
        "replicas must be at most 32: every client keeps a session with each replica of its server,"
            + " and old and new ones count during a rollout")
public record TunnelSpec(
    @Required
        @JsonPropertyDescription(
            "Which side runs here. Server: accepts clients on its tunnel port. Client: dials out to"
                + " a server. It cannot be changed later.")
        Role role,
    @Default("Reverse")
        @JsonPropertyDescription(
            "Which side takes users, and so must be the same on both. Reverse: users come to the"
                + " server, the client dials the service. Forward: users come to the client, the"
                + " server dials the service.")
        Mode mode,
    @JsonPropertyDescription(
            "Where users come in: for a Server in mode Reverse and a Client in mode Forward. One"
                + " port for each tunnel; make a tunnel for each port.")
        @Nullable Listen listen,
    @JsonPropertyDescription("Client: the server, or servers, that it dials.")
        @Nullable Server server,
    @JsonPropertyDescription(
            "The service behind the tunnel: for a Client in mode Reverse and a Server in mode"
                + " Forward.")
        @Nullable ForwardTo forwardTo,
    @Default("[\"TCP\"]")
        @Size(min = 1, max = 2)
        @JsonPropertyDescription(
            "What users may speak: TCP, UDP or both, at the same port. It decides the ports of the"
                + " Service for users and of the NetworkPolicy, so it matters where listen is.")
        List<Protocol> protocols,
    @JsonPropertyDescription(
            "Server: the Service at which clients dial the tunnel port. A LoadBalancer at port 10101"
                + " if absent.")
        @Nullable TunnelService service,
    @JsonPropertyDescription(
            "How the two sides prove who they are. By a key that the operator makes, if absent.")
        @Nullable Auth auth,
    @JsonPropertyDescription("Certificates, and whom they make trusted. Not needed with a key.")
        @Nullable Tls tls,
    @Default("1")
        @Min(0)
        @Max(64)
        @SpecReplicas
        @JsonPropertyDescription(
            "How many pods run this side. Every client keeps a session with each replica of the"
                + " server. kubectl scale and HorizontalPodAutoscalers change it.")
        Integer replicas,
    @JsonPropertyDescription("Client: data connections kept ready for users.") @Nullable Pool pool,
    @JsonPropertyDescription("How much each replica takes, and from whom.") @Nullable Limits limits,
    @JsonPropertyDescription("How long things may take, above all draining.")
        @Nullable Timeouts timeouts,
    @JsonPropertyDescription("The real address of users, by the PROXY protocol.")
        @Nullable Proxying proxyProtocol,
    @Default("false")
        @JsonPropertyDescription(
            "Client: whether a server of NodePass 1.0.x will do. Its data travel in the clear and it"
                + " proves nothing.")
        Boolean legacy,
    @JsonPropertyDescription(
            "CPU and memory of each pod. If absent: 50m of CPU and 160Mi of memory are requested, at"
                + " most 512Mi of memory are used.")
        @Nullable ResourceRequirements resources,
    @Size(min = 1, max = 512)
        @JsonPropertyDescription("Image of the tunnel; that of the operator's release if absent.")
        @Nullable String image,
    @Default("IfNotPresent")
        @JsonPropertyDescription("When the image is pulled: Always, IfNotPresent or Never.")
        PullPolicy imagePullPolicy,
    @JsonPropertyDescription("Where and as what the pods run.") @Nullable PodSettings pod,
    @JsonPropertyDescription("Who may reach the pods, and whom they may reach.")
        @Nullable NetworkPolicySettings networkPolicy,
    @JsonPropertyDescription("Metrics for Prometheus.") @Nullable Monitoring monitoring,
    @JsonPropertyDescription("What the pods log.") @Nullable Logging log,
    @Default("false")
        @JsonPropertyDescription(
            "true stops all pods and leaves everything else: Services, addresses and keys stay.")
        Boolean suspend) {

  public TunnelSpec {
    mode = mode == null ? Mode.REVERSE : mode;
    protocols = protocols == null ? List.of(Protocol.TCP) : List.copyOf(protocols);
    replicas = replicas == null ? 1 : replicas;
    legacy = legacy != null && legacy;
    imagePullPolicy = imagePullPolicy == null ? PullPolicy.IF_NOT_PRESENT : imagePullPolicy;
    suspend = suspend != null && suspend;
  }

  /** True when users come to this side. */
  public boolean takesUsers() {
    return (role == Role.SERVER) == (mode == Mode.REVERSE);
  }

  /** What is said of the Service for clients, or its defaults. */
  public TunnelService serviceOrDefault() {
    return service == null ? TunnelService.DEFAULT : service;
  }

  /** What is said of the Service for users, or its defaults. */
  public TargetService targetServiceOrDefault() {
    return listen == null || listen.service() == null ? TargetService.DEFAULT : listen.service();
  }

  /** What is said of keys, or its defaults. */
  public Auth authOrDefault() {
    return auth == null ? Auth.DEFAULT : auth;
  }

  /** What is said of certificates, or its defaults. */
  public Tls tlsOrDefault() {
    return tls == null ? Tls.DEFAULT : tls;
  }

  /** What is said of the pool, or its defaults. */
  public Pool poolOrDefault() {
    return pool == null ? Pool.DEFAULT : pool;
  }

  /** What is said of limits, or their defaults. */
  public Limits limitsOrDefault() {
    return limits == null ? Limits.DEFAULT : limits;
  }

  /** What is said of time, or its defaults. */
  public Timeouts timeoutsOrDefault() {
    return timeouts == null ? Timeouts.DEFAULT : timeouts;
  }

  /** What is said of users' addresses, or its defaults. */
  public Proxying proxyProtocolOrDefault() {
    return proxyProtocol == null ? Proxying.DEFAULT : proxyProtocol;
  }

  /** What is said of pods, or its defaults. */
  public PodSettings podOrDefault() {
    return pod == null ? PodSettings.DEFAULT : pod;
  }

  /** What is said of the network, or its defaults. */
  public NetworkPolicySettings networkPolicyOrDefault() {
    return networkPolicy == null ? NetworkPolicySettings.DEFAULT : networkPolicy;
  }

  /** What is said of metrics, or its defaults. */
  public Monitoring monitoringOrDefault() {
    return monitoring == null ? Monitoring.DEFAULT : monitoring;
  }

  /** What is said of logs, or its defaults. */
  public Logging logOrDefault() {
    return log == null ? Logging.DEFAULT : log;
  }

  /** True when the operator makes the key. */
  public boolean operatorMakesKey() {
    return authOrDefault().type() == AuthType.KEY && authOrDefault().secret() == null;
  }
}
