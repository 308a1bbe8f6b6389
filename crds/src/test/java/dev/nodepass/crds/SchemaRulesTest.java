package dev.nodepass.crds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
  @ValueSource(
      strings = {
        "{role: Server, listen: {port: 5432}}",
        "{role: Client, server: {host: a, port: 10101}, forwardTo: {service: web, port: 80}}",
        "{role: Server, mode: Forward, forwardTo: {host: a, port: 1}}",
        "{role: Client, mode: Forward, server: {host: a}, listen: {port: 1}}",
        "{role: Server, listen: {port: 1, service: {type: NodePort, nodePort: 30000}},"
            + " service: {nodePort: 30001}}",
        "{role: Server, listen: {port: 1}, auth: {secret: {name: s, entries: [a, b.key]}}}",
        "{role: Server, listen: {port: 1}, tls: {source: Secret, secretName: s, clientCa:"
            + " {secretName: c}}}",
        "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}, tls: {ca: {system:"
            + " true}, serverName: a}}",
        "{role: Client, server: {host: a, others: [{host: b}, {host: a, port: 1}]}, forwardTo:"
            + " {service: w, port: 1}, legacy: true, auth: {type: None}}",
        "{role: Server, listen: {port: 1}, timeouts: {drain: 24h, preStop: 0s}, pod: {env: [{name:"
            + " NODEPASS_JAVA_OPTS}, {name: TZ}], labels: {app: x}}}",
        "{role: Server, listen: {port: 1}, networkPolicy: {restrictEgress: true, egress: [{}]}}"
      })
  void wholeResourcesAreTaken(String yaml) {
    assertEquals(List.of(), broken(yaml));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      value = {
        "{role: Client, forwardTo: {service: w, port: 1}}"
            + "# a Client needs server, which it dials: server: {host: tunnel.example.com}",
        "{role: Server, listen: {port: 1}, server: {host: a}}"
            + "# a Server must not have server: clients dial it at status.endpoint",
        "{role: Server} # listen is missing",
        "{role: Client, mode: Forward, server: {host: a}} # listen is missing",
        "{role: Server, mode: Forward, forwardTo: {service: w, port: 1}, listen: {port: 1}}"
            + "# listen must not be given",
        "{role: Client, server: {host: a}} # forwardTo is missing",
        "{role: Server, listen: {port: 1}, forwardTo: {service: w, port: 1}}"
            + "# forwardTo must not be given",
        "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}, service: {}}"
            + "# service must not be given for a Client",
        "{role: Client, server: {host: a}, forwardTo: {service: w, host: h, port: 1}}"
            + "# forwardTo needs either service",
        "{role: Client, server: {host: a}, forwardTo: {port: 1}} # forwardTo needs either service",
        "{role: Client, server: {host: a, others: [{host: b}, {host: b, port: 10101}]}, forwardTo:"
            + " {service: w, port: 1}} # each server must be named once",
        "{role: Client, server: {host: a, others: [{host: a}]}, forwardTo: {service: w, port: 1}}"
            + "# each server must be named once",
        "{role: Server, listen: {port: 1, service: {type: NodePort, nodePort: 30000}}, service:"
            + " {nodePort: 30000}} # service.nodePort and listen.service.nodePort clash",
        "{role: Server, listen: {port: 1, service: {nodePort: 30000}}} # nodePort needs type",
        "{role: Server, listen: {port: 1}, service: {type: NodePort, loadBalancerClass: a}}"
            + "# loadBalancerClass and loadBalancerSourceRanges need type LoadBalancer",
        "{role: Server, listen: {port: 1}, service: {type: ClusterIP, externalTrafficPolicy: Local}}"
            + "# externalTrafficPolicy needs type NodePort or LoadBalancer",
        "{role: Server, listen: {port: 1}, auth: {type: None, secret: {name: s}}}"
            + "# auth.type None means no key",
        "{role: Server, listen: {port: 1}, auth: {name: a}} # auth.name is for Clients",
        "{role: Server, listen: {port: 1}, auth: {overlap: 9000h}} # auth.overlap must be from",
        "{role: Server, listen: {port: 1}, auth: {secret: {name: s, entries: [.a]}}}"
            + "# auth.secret.entries must be names",
        "{role: Server, listen: {port: 1}, tls: {source: Secret}} # tls.secretName and tls.source",
        "{role: Server, listen: {port: 1}, tls: {issuerRef: {name: a}}} # tls.issuerRef and",
        "{role: Server, listen: {port: 1}, tls: {pin: a}} # tls.pin, tls.ca and tls.serverName are",
        "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}, tls: {serverName: a}}"
            + "# tls.serverName is compared only where authorities are trusted",
        "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}, tls: {clientCa:"
            + " {secretName: a}}} # tls.clientCa is for Servers",
        "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}, tls: {ca: {system:"
            + " true, secretName: a}}} # tls.ca needs exactly one",
        "{role: Server, listen: {port: 1}, tls: {clientCa: {}}} # authorities come from either",
        "{role: Server, listen: {port: 1}, pool: {}} # pool is for Clients",
        "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}, pool: {min: 9, max:"
            + " 8}} # pool.min must not be larger than pool.max",
        "{role: Client, server: {host: a}, forwardTo: {service: w, port: 1}, limits: {allowClients:"
            + " [10.0.0.0/8]}} # limits.allowClients is for Servers",
        "{role: Server, listen: {port: 1}, legacy: true} # legacy is for Clients",
        "{role: Server, listen: {port: 1}, replicas: 33} # replicas must be at most 32",
        "{role: Server, listen: {port: 1}, timeouts: {drain: 25h}} # timeouts.drain must be from",
        "{role: Server, listen: {port: 1}, timeouts: {preStop: 6m}} # timeouts.preStop must be",
        "{role: Server, listen: {port: 1}, timeouts: {heartbeat: 1ms}} # timeouts.heartbeat must",
        "{role: Server, listen: {port: 1}, timeouts: {retry: 2h}} # timeouts.retry must be from",
        "{role: Server, listen: {port: 1}, timeouts: {udpAnswer: 0s}} # timeouts.udpAnswer must be",
        "{role: Server, listen: {port: 1}, timeouts: {udpSession: 1ms}} # timeouts.udpSession must",
        "{role: Server, listen: {port: 1}, pod: {env: [{name: NODEPASS_KEY}]}} # pod.env must not",
        "{role: Server, listen: {port: 1}, pod: {env: [{name: SEMAPHORE_LIMIT}]}}"
            + "# pod.env must not",
        "{role: Server, listen: {port: 1}, pod: {labels: {app.kubernetes.io/name: x}}}"
            + "# pod.labels must not set",
        "{role: Server, listen: {port: 1}, networkPolicy: {egress: [{}]}}"
            + "# networkPolicy.egress adds to what is allowed"
      })
  void whatDoesNotFitIsRefusedInWords(String yaml, String message) {
    List<String> broken = broken(yaml);
    assertTrue(
        broken.stream().anyMatch(m -> m.startsWith(message)), message + " is not in " + broken);
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
