package dev.nodepass.operator.deploy;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Every right that NodePass asks for in a cluster, and the files of deploy/ that grant them. What
 * the operator does not need it does not have: above all it reads no Secret.
 */
final class Rights {
  private static final String NAME = "nodepass-operator";
  private static final String LEADER = "nodepass-operator-leader";
  private static final String TUNNELS = "nodepass.dev";
  private static final String TUNNEL = "nodepasstunnels";
  private static final List<String> OWN =
      List.of("get", "list", "watch", "create", "patch", "delete");
  private static final String HEAD =
      "# Made from the rights in the operator's tests. Do not edit: change them there, then run"
          + " 'make golden'.\n";

  /** In each namespace with tunnels: what the planned resources need. One rule for a group. */
  static final List<Rule> PLANNED =
      List.of(
          new Rule("The pods of a tunnel.", "apps", List.of("deployments"), OWN),
          new Rule(
              "Its addresses, and an account without any right for its pods.",
              "",
              List.of("services", "serviceaccounts"),
              OWN),
          new Rule(
              "Keys are made and thrown away. Not one Secret can be read with this, nor changed.",
              "",
              List.of("secrets"),
              List.of("create", "delete")),
          new Rule("Who may reach its pods.", "networking.k8s.io", List.of("networkpolicies"), OWN),
          new Rule(
              "How many of its pods may go at once.",
              "policy",
              List.of("poddisruptionbudgets"),
              OWN),
          new Rule(
              "Metrics, where the cluster has the Prometheus Operator.",
              "monitoring.coreos.com",
              List.of("podmonitors"),
              OWN),
          new Rule(
              "Certificates, where the cluster has cert-manager.",
              "cert-manager.io",
              List.of("certificates"),
              OWN));

  /** In each namespace with tunnels: what watching and telling needs. */
  static final List<Rule> WATCHED =
      List.of(
          new Rule("What is wanted.", TUNNELS, List.of(TUNNEL), List.of("get", "list", "watch")),
          new Rule("What was found.", TUNNELS, List.of(TUNNEL + "/status"), List.of("patch")),
          new Rule(
              "Why a pod does not run, and where its status can be read.",
              "",
              List.of("pods"),
              List.of("get", "list", "watch")),
          new Rule(
              "What happened.", "events.k8s.io", List.of("events"), List.of("create", "patch")),
          new Rule("The same in the old API.", "", List.of("events"), List.of("create", "patch")));

  /** In the operator's own namespace. */
  static final List<Rule> LEADER_ELECTION =
      List.of(
          new Rule(
              "Which replica leads.",
              "coordination.k8s.io",
              List.of("leases"),
              List.of("get", "create", "update", "patch")));

  /** For people who may see what is in a namespace. */
  static final List<Rule> VIEW =
      List.of(
          new Rule("See tunnels.", TUNNELS, List.of(TUNNEL), List.of("get", "list", "watch")),
          new Rule(
              "See how they do.",
              TUNNELS,
              List.of(TUNNEL + "/status", TUNNEL + "/scale"),
              List.of("get")));

  /** For people who may change what is in a namespace. */
  static final List<Rule> EDIT =
      List.of(
          new Rule(
              "Make, change and remove tunnels.",
              TUNNELS,
              List.of(TUNNEL),
              List.of(
                  "get",
                  "list",
                  "watch",
                  "create",
                  "update",
                  "patch",
                  "delete",
                  "deletecollection")),
          new Rule(
              "Scale them.",
              TUNNELS,
              List.of(TUNNEL + "/scale"),
              List.of("get", "update", "patch")),
          new Rule("See how they do.", TUNNELS, List.of(TUNNEL + "/status"), List.of("get")));

  private Rights() {}

  /** All that the operator may do in a namespace with tunnels. */
  static List<Rule> operator() {
    return Stream.concat(WATCHED.stream(), PLANNED.stream()).toList();
  }

  /** Text of each generated file, by its path in deploy/. */
  static Map<String, String> files() {
    Map<String, String> files = new TreeMap<>();
    files.put(
        "overlays/cluster/role.yaml",
        HEAD
            + role("ClusterRole", NAME, Map.of(), operator())
            + "---\n"
            + binding("ClusterRole", NAME));
    files.put(
        "overlays/namespaced/role.yaml",
        HEAD + role("Role", NAME, Map.of(), operator()) + "---\n" + binding("Role", NAME));
    files.put(
        "base/leader-role.yaml",
        HEAD + role("Role", LEADER, Map.of(), LEADER_ELECTION) + "---\n" + binding("Role", LEADER));
    files.put(
        "overlays/cluster/people.yaml",
        HEAD
            + role("ClusterRole", "nodepass-tunnels-view", aggregated("view"), VIEW)
            + "---\n"
            + role("ClusterRole", "nodepass-tunnels-edit", aggregated("admin", "edit"), EDIT));
    String chart = "helm/nodepass-operator/files/rights-";
    files.put(chart + "operator.yaml", HEAD + rules(operator(), ""));
    files.put(chart + "leader.yaml", HEAD + rules(LEADER_ELECTION, ""));
    files.put(chart + "view.yaml", HEAD + rules(VIEW, ""));
    files.put(chart + "edit.yaml", HEAD + rules(EDIT, ""));
    return files;
  }

  private static Map<String, String> aggregated(String... roles) {
    Map<String, String> labels = new TreeMap<>();
    for (String role : roles) {
      labels.put("rbac.authorization.k8s.io/aggregate-to-" + role, "true");
    }
    return labels;
  }

  private static String role(
      String kind, String name, Map<String, String> labels, List<Rule> rules) {
    StringBuilder text = new StringBuilder(head(kind, name));
    if (!labels.isEmpty()) {
      text.append("  labels:\n");
      labels.forEach(
          (key, value) -> text.append("    " + key + ": \"" + value + "\"").append('\n'));
    }
    return text.append("rules:\n").append(rules(rules, "  ")).toString();
  }

  private static String binding(String role, String name) {
    return head(role + "Binding", name)
        + """
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: %s
          name: %s
        subjects:
          - kind: ServiceAccount
            name: %s
        """
            .formatted(role, name, NAME);
  }

  private static String head(String kind, String name) {
    return """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: %s
        metadata:
          name: %s
        """
        .formatted(kind, name);
  }

  private static String rules(List<Rule> rules, String indent) {
    return rules.stream().map(rule -> rule.yaml(indent)).collect(Collectors.joining());
  }
}
