package dev.nodepass.operator.plan;

import java.util.LinkedHashMap;
import java.util.Map;

/** Labels by which the resources of a tunnel are found. */
public final class Labels {
  /** Selects everything that an operator made, pods excepted. */
  public static final String OF_OPERATOR =
      "app.kubernetes.io/name=nodepass,app.kubernetes.io/managed-by=nodepass-operator";

  /** Selects the pods of all tunnels. */
  public static final String OF_PODS =
      "app.kubernetes.io/name=nodepass,app.kubernetes.io/component=tunnel";

  /** An annotation of pods: the name of their tunnel, which may be too long for a label. */
  public static final String TUNNEL = "nodepass.dev/tunnel";

  private Labels() {}

  /** Those of its pods. They never change, as a Deployment's selector cannot. */
  public static Map<String, String> selector(Names names) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("app.kubernetes.io/name", "nodepass");
    labels.put("app.kubernetes.io/instance", names.target());
    labels.put("app.kubernetes.io/component", "tunnel");
    return labels;
  }

  /** Those of all that belongs to it. */
  static Map<String, String> all(Names names, String version) {
    Map<String, String> labels = selector(names);
    labels.put("app.kubernetes.io/part-of", "nodepass");
    labels.put("app.kubernetes.io/managed-by", "nodepass-operator");
    labels.put("app.kubernetes.io/version", version);
    return labels;
  }
}
