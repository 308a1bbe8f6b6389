package dev.nodepass.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObservedStateTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void aCrashingPodTellsItsLastWords() {
    Pod pod =
        Serialization.unmarshal(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            status:
              conditions:
                - {type: Ready, status: "False"}
                - {type: PodScheduled, status: "True"}
              containerStatuses:
                - name: sidecar
                  state: {running: {}}
                - name: tunnel
                  state: {waiting: {reason: CrashLoopBackOff, message: back-off}}
                  lastState: {terminated: {exitCode: 1, message: "it holds no key\\n"}}
            """,
            Pod.class);
    assertEquals(
        new PodState(
            "p", false, false, false, "CrashLoopBackOff", "back-off", "it holds no key", null),
        PodState.of(pod));
  }

  @Test
  void aPodWithoutANodeTellsWhy() {
    Pod pod =
        Serialization.unmarshal(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p, deletionTimestamp: "2026-01-01T00:00:00Z"}
            status:
              conditions: [{type: PodScheduled, status: "False", message: no node}]
            """,
            Pod.class);
    assertEquals(
        new PodState("p", false, false, true, null, null, null, "no node"), PodState.of(pod));
  }

  @Test
  void aDeploymentIsUnderWayUntilTheNumbersAreOfItsNewestGeneration() {
    String yaml =
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: d, generation: 2}
        spec: {replicas: 2}
        status: {observedGeneration: %d, replicas: 2, updatedReplicas: 2, readyReplicas: 1}
        """;
    Rollout before = Rollout.of(Serialization.unmarshal(yaml.formatted(1), Deployment.class));
    Rollout after = Rollout.of(Serialization.unmarshal(yaml.formatted(2), Deployment.class));
    assertTrue(before.underWay());
    assertFalse(after.underWay());
    assertEquals(new Rollout(true, 2, 2, 2, 1, null), after);
  }

  @Test
  void aBalancersNameComesBeforeItsAddress() {
    Service service =
        Serialization.unmarshal(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s}
            spec: {ports: [{port: 10101, nodePort: 31000}]}
            status: {loadBalancer: {ingress: [{hostname: lb.example.com, ip: 203.0.113.7}]}}
            """,
            Service.class);
    assertEquals(new ServiceState("lb.example.com", 31000), ServiceState.of(service));
  }

  @Test
  void aRuntimesStatusPageIsRead() throws IOException {
    String page =
        """
        {
          "role": "server", "state": "listening", "ready": true, "detail": "",
          "sessions": [{"name": "north", "address": "192.0.2.1:4000", "protocol": 2}],
          "refusals": [
            {"reason": "unauthorized", "text": "192.0.2.2:4000: the key does not match",
             "at": "2026-01-01T12:00:00.123Z"}]
        }
        """;
    assertEquals(
        new RuntimeState(
            "p",
            "listening",
            "",
            List.of("north"),
            List.of(
                new RuntimeState.Refusal(
                    "unauthorized",
                    "192.0.2.2:4000: the key does not match",
                    Instant.parse("2026-01-01T12:00:00.123Z")))),
        RuntimeState.of("p", JSON.readTree(page)));
  }

  @Test
  void whatIsNoStatusPageIsRefused() throws IOException {
    for (String wrong :
        List.of("{}", "[]", "{\"state\": \"x\", \"refusals\": [{\"at\": \"?\"}]}")) {
      assertThrows(
          IllegalArgumentException.class, () -> RuntimeState.of("p", JSON.readTree(wrong)), wrong);
    }
  }
}
