package dev.nodepass.operator.setup;

import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfigurationBuilder;
import io.javaoperatorsdk.operator.api.monitoring.Metrics;
import io.javaoperatorsdk.operator.monitoring.micrometer.MicrometerMetricsV2;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Makes what the parts of the operator are given. */
@Dependent
public class Setup {
  static final String LEASE = "nodepass-operator";

  @Produces
  @Singleton
  InstantSource clock() {
    return InstantSource.system();
  }

  @Produces
  @Singleton
  SecureRandom random() {
    return new SecureRandom();
  }

  /** Null turns the election off. */
  @Produces
  @Dependent
  @Nullable LeaderElectionConfiguration leaderElection(
      OperatorSettings settings, Reconciliations reconciliations) {
    return settings.leaderElection() == OperatorSettings.Choice.TRUE
        ? LeaderElectionConfigurationBuilder.aLeaderElectionConfiguration(LEASE)
            .withLeaseNamespace(settings.operatorNamespace())
            .withIdentity(settings.operatorName().orElse(null))
            .withLeaderCallbacks(
                new LeaderCallbacks(() -> {}, reconciliations::leadsNoMore, leader -> {}))
            .build()
        : null;
  }

  /** The extension's own comes before there is a registry, and then counts nothing. */
  @Produces
  @Singleton
  Metrics metrics(MeterRegistry registry) {
    return MicrometerMetricsV2.newBuilder(registry).build();
  }
}
