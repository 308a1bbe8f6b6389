package dev.nodepass.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/** The cases are in files, because the operator's tests show them to an API server too. */
class SchemaRulesTest {
  private static JSONSchemaProps spec = new JSONSchemaProps();

  @BeforeAll
  static void generate(@TempDir Path folder) throws IOException {
    spec = CrdYaml.property(CrdYaml.schema(CrdYaml.generate(folder)), "spec");
  }

  private static List<String> broken(String yaml) {
    return SchemaRules.broken(spec, parsed(yaml), null);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> parsed(String yaml) {
    // What begins with a brace would be read as JSON.
    return (Map<String, Object>)
        Objects.requireNonNull(Serialization.unmarshal("it: " + yaml, Map.class).get("it"));
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/specs/accepted.csv", delimiter = '|')
  void wholeResourcesAreTaken(String yaml) {
    assertEquals(List.of(), broken(yaml));
  }

  @ParameterizedTest
  @CsvFileSource(resources = "/specs/refused.csv", delimiter = '|')
  void whatDoesNotFitIsRefusedInWords(String yaml, String message) {
    List<String> broken = broken(yaml);
    assertTrue(
        broken.stream().anyMatch(m -> m.startsWith(message)), message + " is not in " + broken);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // An absent service is a LoadBalancer without a class.
        "{} | {service: {loadBalancerClass: a}} | service.loadBalancerClass cannot",
        "{service: {loadBalancerClass: a}} | {} | service.loadBalancerClass cannot",
        "{service: {loadBalancerClass: a}} | {service: {loadBalancerClass: b}} | service.loadBalancerClass cannot",
        "{service: {loadBalancerClass: a}} | {service: {loadBalancerClass: a, port: 1}} | -",
        "{service: {type: ClusterIP}} | {service: {loadBalancerClass: b}} | -",
        "{service: {loadBalancerClass: a}} | {service: {type: NodePort}} | -",
        "{listen: {port: 1, service: {type: LoadBalancer}}} | {listen: {port: 1, service: {type: LoadBalancer, loadBalancerClass: a}}} | loadBalancerClass cannot",
        "{listen: {port: 1}} | {listen: {port: 1, service: {type: LoadBalancer, loadBalancerClass: a}}} | -",
      })
  void theClassOfALoadBalancerStays(String before, String after, @Nullable String message) {
    Map<String, Object> old = new HashMap<>(parsed("{role: Server, listen: {port: 1}}"));
    Map<String, Object> value = new HashMap<>(old);
    old.putAll(parsed(before));
    value.putAll(parsed(after));
    List<String> broken = SchemaRules.broken(spec, value, old);
    assertEquals(message == null ? 0 : 1, broken.size(), broken.toString());
    assertTrue(message == null || broken.getFirst().startsWith(message), broken.toString());
  }

  @Test
  void theRoleStays() {
    Map<String, Object> server = parsed("{role: Server, listen: {port: 1}}");
    Map<String, Object> client =
        parsed("{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}}");
    assertEquals(List.of(), SchemaRules.broken(spec, server, server));
    assertEquals(
        List.of("role cannot be changed: delete this tunnel and make another one"),
        SchemaRules.broken(spec, client, server));
  }
}
