package dev.nodepass.operator.setup;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** The operator's settings: variables of its environment, such as {@code NODEPASS_IMAGE}. */
@ConfigMapping(prefix = "nodepass")
public interface OperatorSettings {

  /** Image of the tunnel, where a resource names none. */
  @WithDefault("nodepass/tunnel:0.1.0")
  String image();

  /** The namespace in which the operator runs; its Lease is there. */
  @WithDefault("nodepass-system")
  String operatorNamespace();

  /** The operator's pod; by this name it stands for election, and its Events carry it. */
  Optional<String> operatorName();

  /** Several operators agree on one that acts. Without it there must be only one. */
  @WithDefault("true")
  Choice leaderElection();

  /** Namespaces whose tunnels it looks after, separated by commas. */
  @WithDefault("JOSDK_ALL_NAMESPACES")
  String watchNamespaces();

  /** What it logs: debug, info, warn or error. */
  @WithDefault("info")
  String logLevel();

  /** How it logs. */
  @WithDefault("text")
  LogFormat logFormat();

  /** Unlike a boolean, of which everything that is not true is false. */
  enum Choice {
    TRUE,
    FALSE
  }

  /** A form of log lines. */
  enum LogFormat {
    TEXT,
    JSON
  }
}
