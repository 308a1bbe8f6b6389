package dev.nodepass.operator.deploy;

import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.util.List;

/**
 * A right.
 *
 * @param why stands above it in the YAML
 * @param group of the API; empty for the core
 */
record Rule(String why, String group, List<String> resources, List<String> verbs) {
  Rule {
    resources = List.copyOf(resources);
    verbs = List.copyOf(verbs);
  }

  /** As the API server has it. */
  PolicyRule policy() {
    return new PolicyRuleBuilder()
        .withApiGroups(group)
        .withResources(resources)
        .withVerbs(verbs)
        .build();
  }

  /** As an entry of a list in YAML. */
  String yaml(String indent) {
    return """
        # %s
        - apiGroups: ["%s"]
          resources: [%s]
          verbs: [%s]
        """
        .formatted(why, group, String.join(", ", resources), String.join(", ", verbs))
        .indent(indent.length());
  }
}
