package dev.nodepass.operator.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What a user asked of the API server, in the order of its audit log. A request gets there when it
 * is answered, a watch when it begins; that can be a moment after the client has the answer.
 */
public record Requests(List<Request> all) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * One of them.
   *
   * @param verb as in RBAC: a server-side apply is a patch
   * @param resource plural, with its subresource if any, as in {@code nodepasstunnels/status};
   *     empty for what is no resource
   * @param namespace empty for resources without
   * @param name empty for lists, watches, and what is created
   * @param code of the answer (HTTP)
   */
  public record Request(
      String verb, String resource, String namespace, String name, Instant time, int code) {}

  public Requests {
    all = List.copyOf(all);
  }

  /** Reads those of a user. */
  static Requests of(String user, Path auditLog) {
    Map<String, Request> byId = new LinkedHashMap<>();
    try (Stream<String> lines = Files.lines(auditLog)) {
      // The last line may not be whole yet.
      lines
          .filter(l -> l.contains('"' + user + '"') && l.endsWith("}"))
          .map(Requests::parsed)
          .filter(e -> e.path("user").path("username").asText().equals(user))
          // A watch is there twice, at its begin and at its end.
          .forEach(e -> byId.putIfAbsent(e.path("auditID").asText(), request(e)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return new Requests(List.copyOf(byId.values()));
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException wrong) {
      throw new UncheckedIOException(line, wrong);
    }
  }

  private static Request request(JsonNode event) {
    JsonNode object = event.path("objectRef");
    String part = object.path("subresource").asText();
    return new Request(
        event.path("verb").asText(),
        object.path("resource").asText() + (part.isEmpty() ? "" : "/" + part),
        object.path("namespace").asText(),
        object.path("name").asText(),
        Instant.parse(event.path("requestReceivedTimestamp").asText()),
        event.path("responseStatus").path("code").asInt());
  }

  /** Those that came after a time. */
  public Requests since(Instant time) {
    return new Requests(all.stream().filter(r -> r.time().isAfter(time)).toList());
  }

  /** Those in a namespace. */
  public Requests in(String namespace) {
    return new Requests(all.stream().filter(r -> r.namespace().equals(namespace)).toList());
  }

  /** Those with a verb. */
  public Requests with(String verb) {
    return new Requests(all.stream().filter(r -> r.verb().equals(verb)).toList());
  }

  /** Those for a resource. */
  public Requests to(String resource) {
    return new Requests(all.stream().filter(r -> r.resource().equals(resource)).toList());
  }

  /** Those that change something. */
  public Requests writes() {
    return new Requests(
        all.stream().filter(r -> !List.of("get", "list", "watch").contains(r.verb())).toList());
  }

  /** How many. */
  public int count() {
    return all.size();
  }
}
