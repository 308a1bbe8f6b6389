package dev.nodepass.operator.plan;

import dev.nodepass.crds.PodSettings;
import dev.nodepass.crds.PullPolicy;
import dev.nodepass.crds.TunnelSpec;
import io.fabric8.kubernetes.api.model.Affinity;
import io.fabric8.kubernetes.api.model.AffinityBuilder;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.ContainerPortBuilder;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarBuilder;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Lifecycle;
import io.fabric8.kubernetes.api.model.LifecycleBuilder;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.ProbeBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.api.model.ResourceRequirementsBuilder;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategy;
import io.fabric8.kubernetes.api.model.apps.DeploymentStrategyBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The pods of a tunnel. They pass Pod Security's level {@code restricted}. */
final class DeploymentPlan {
  /** Time for the rest of an exit, past the drain. */
  private static final long EXIT_SECONDS = 10;

  /** Users from 100000 on are in no image; each tunnel has one of its own. */
  private static final long FIRST_USER = 100_000;

  private static final long USERS = 900_000;

  private final Tunnel tunnel;
  private final TunnelSpec spec;
  private final Surroundings surroundings;

  DeploymentPlan(Tunnel tunnel, Surroundings surroundings) {
    this.tunnel = tunnel;
    this.spec = tunnel.spec();
    this.surroundings = surroundings;
  }

  /**
   * The Deployment.
   *
   * @param connected a session is up
   */
  Deployment deployment(boolean connected) {
    return new DeploymentBuilder()
        .withMetadata(tunnel.meta(tunnel.names().workload()).build())
        .withNewSpec()
        .withReplicas(spec.suspend() ? 0 : spec.replicas())
        .withRevisionHistoryLimit(3)
        .withStrategy(strategy(connected))
        .withNewSelector()
        .withMatchLabels(tunnel.selector())
        .endSelector()
        .withNewTemplate()
        .withMetadata(podMeta().build())
        .withSpec(pod())
        .endTemplate()
        .endSpec()
        .build();
  }

  /**
   * Pods are ready only with a session. Where none is up, new ones would wait for ever beside old
   * ones that are no better, and a change that mends the cause would not come through.
   */
  private static DeploymentStrategy strategy(boolean connected) {
    DeploymentStrategyBuilder strategy = new DeploymentStrategyBuilder().withType("RollingUpdate");
    return connected
        ? strategy
            .withNewRollingUpdate()
            .withNewMaxSurge(1)
            .withNewMaxUnavailable(0)
            .endRollingUpdate()
            .build()
        : strategy
            .withNewRollingUpdate()
            .withNewMaxSurge("100%")
            .withNewMaxUnavailable("100%")
            .endRollingUpdate()
            .build();
  }

  private ObjectMetaBuilder podMeta() {
    Map<String, String> labels = new TreeMap<>(spec.podOrDefault().labels());
    labels.putAll(tunnel.selector());
    Map<String, String> annotations = new TreeMap<>(spec.podOrDefault().annotations());
    annotations.put(Labels.TUNNEL, tunnel.name());
    return new ObjectMetaBuilder().withLabels(labels).withAnnotations(annotations);
  }

  private PodSpec pod() {
    PodSettings pod = spec.podOrDefault();
    VolumePlan files = new VolumePlan(tunnel);
    return new PodSpecBuilder()
        .withServiceAccountName(tunnel.names().workload())
        .withAutomountServiceAccountToken(false)
        .withEnableServiceLinks(false)
        .withSecurityContext(user())
        .withTerminationGracePeriodSeconds(grace())
        .withImagePullSecrets(pod.imagePullSecrets())
        .withNodeSelector(Sorted.of(pod.nodeSelector()))
        .withTolerations(pod.tolerations())
        .withAffinity(pod.affinity() == null ? apart() : pod.affinity())
        .withTopologySpreadConstraints(pod.topologySpreadConstraints())
        .withPriorityClassName(pod.priorityClassName())
        .withContainers(container(files))
        .withVolumes(files.volumes())
        .build();
  }

  private long grace() {
    return preStop() + Durations.seconds(spec.timeoutsOrDefault().drain()) + EXIT_SECONDS;
  }

  /** Only pods behind a Service still get newcomers after they were told to stop. */
  private long preStop() {
    boolean behindService = tunnel.isServer() || spec.listen() != null;
    return behindService ? Durations.seconds(spec.timeoutsOrDefault().preStop()) : 0;
  }

  private PodSecurityContext user() {
    long hash = Long.parseLong(Names.hash(tunnel.namespace() + "/" + tunnel.name()), 0, 12, 16);
    long user = FIRST_USER + hash % USERS;
    return new PodSecurityContextBuilder()
        .withRunAsNonRoot(true)
        .withRunAsUser(user)
        .withRunAsGroup(user)
        .withFsGroup(user)
        .withNewSeccompProfile()
        .withType("RuntimeDefault")
        .endSeccompProfile()
        .build();
  }

  /** Always there, since a change in the number of replicas must not change the pods. */
  private Affinity apart() {
    return new AffinityBuilder()
        .withNewPodAntiAffinity()
        .addNewPreferredDuringSchedulingIgnoredDuringExecution()
        .withWeight(100)
        .withNewPodAffinityTerm()
        .withTopologyKey("kubernetes.io/hostname")
        .withNewLabelSelector()
        .withMatchLabels(tunnel.selector())
        .endLabelSelector()
        .endPodAffinityTerm()
        .endPreferredDuringSchedulingIgnoredDuringExecution()
        .endPodAntiAffinity()
        .build();
  }

  private Container container(VolumePlan files) {
    return new ContainerBuilder()
        .withName("tunnel")
        .withImage(spec.image() == null ? surroundings.image() : spec.image())
        .withImagePullPolicy(pullPolicy(spec.imagePullPolicy()))
        .withArgs(RuntimeSettings.url(tunnel))
        .withEnv(environment())
        .withPorts(ports())
        .withResources(resources())
        .withStartupProbe(startup())
        .withLivenessProbe(liveness())
        .withReadinessProbe(probe("/q/health/ready", 2, 2))
        .withLifecycle(lifecycle())
        .withSecurityContext(
            new SecurityContextBuilder()
                .withAllowPrivilegeEscalation(false)
                .withReadOnlyRootFilesystem(true)
                .withNewCapabilities()
                .withDrop("ALL")
                .endCapabilities()
                .build())
        // What the runtime said before it ended becomes part of the tunnel's status.
        .withTerminationMessagePolicy("FallbackToLogsOnError")
        .withVolumeMounts(files.mounts())
        .build();
  }

  private List<EnvVar> environment() {
    List<EnvVar> all = new ArrayList<>(RuntimeSettings.environment(tunnel));
    spec.podOrDefault().env().forEach(e -> all.add(whole(e)));
    return all;
  }

  /** With what the API server adds: else what it has would never be what is planned. */
  private static EnvVar whole(EnvVar variable) {
    EnvVarSource source = variable.getValueFrom();
    if (source == null) {
      return variable;
    }
    EnvVarBuilder whole = new EnvVarBuilder(variable);
    if (source.getFieldRef() != null && source.getFieldRef().getApiVersion() == null) {
      whole.editValueFrom().editFieldRef().withApiVersion("v1").endFieldRef().endValueFrom();
    }
    if (source.getResourceFieldRef() != null && source.getResourceFieldRef().getDivisor() == null) {
      whole
          .editValueFrom()
          .editResourceFieldRef()
          .withDivisor(new Quantity("0"))
          .endResourceFieldRef()
          .endValueFrom();
    }
    return whole.build();
  }

  private List<ContainerPort> ports() {
    List<ContainerPort> ports = new ArrayList<>();
    if (tunnel.isServer()) {
      ports.add(port("tunnel", "TCP", Ports.TUNNEL));
    }
    if (spec.listen() != null) {
      spec.protocols()
          .forEach(p -> ports.add(port("target-" + Words.lower(p), p.name(), Ports.TARGET)));
    }
    ports.add(port("management", "TCP", Ports.MANAGEMENT));
    return ports;
  }

  private static ContainerPort port(String name, String protocol, int port) {
    return new ContainerPortBuilder()
        .withName(name)
        .withProtocol(protocol)
        .withContainerPort(port)
        .build();
  }

  private ResourceRequirements resources() {
    return spec.resources() != null
        ? spec.resources()
        : new ResourceRequirementsBuilder()
            .addToRequests("cpu", new Quantity("50m"))
            .addToRequests("memory", new Quantity("160Mi"))
            .addToLimits("memory", new Quantity("512Mi"))
            .build();
  }

  /**
   * A server has started when it listens. A client has only when its server answered, which a
   * restart would not mend: it has started when it is alive.
   */
  private Probe startup() {
    return probe(tunnel.isServer() ? "/q/health/started" : "/q/health/live", 1, 120);
  }

  /** One that is stuck cannot drain: waiting for that would only be longer. */
  private static Probe liveness() {
    return new ProbeBuilder(probe("/q/health/live", 10, 3))
        .withTerminationGracePeriodSeconds(EXIT_SECONDS)
        .build();
  }

  private static Probe probe(String path, int period, int failures) {
    return new ProbeBuilder()
        .withNewHttpGet()
        .withPath(path)
        .withNewPort("management")
        .endHttpGet()
        .withPeriodSeconds(period)
        .withTimeoutSeconds(path.endsWith("live") ? 5 : 2)
        .withFailureThreshold(failures)
        .build();
  }

  private @Nullable Lifecycle lifecycle() {
    return preStop() == 0
        ? null
        : new LifecycleBuilder().withNewPreStop().withNewSleep(preStop()).endPreStop().build();
  }

  private static String pullPolicy(PullPolicy policy) {
    return switch (policy) {
      case ALWAYS -> "Always";
      case IF_NOT_PRESENT -> "IfNotPresent";
      case NEVER -> "Never";
    };
  }
}
