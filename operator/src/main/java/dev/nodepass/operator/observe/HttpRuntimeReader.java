package dev.nodepass.operator.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nodepass.operator.plan.Ports;
import dev.nodepass.operator.status.RuntimeState;
import io.fabric8.kubernetes.api.model.Pod;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Reads {@code /status} of all pods at once. A pod that does not answer in time is left out, as is
 * one that answers with something else: what listens at its address may not be ours.
 */
@Singleton
public class HttpRuntimeReader implements RuntimeReader {
  private static final Logger LOG = Logger.getLogger(HttpRuntimeReader.class);
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int MOST_BYTES = 64 << 10;

  private final ObjectMapper json = new ObjectMapper();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(PATIENCE)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  private final int port;

  @Inject
  public HttpRuntimeReader() {
    this(Ports.MANAGEMENT);
  }

  HttpRuntimeReader(int port) {
    this.port = port;
  }

  @Override
  public List<RuntimeState> read(List<Pod> pods) {
    List<CompletableFuture<Optional<RuntimeState>>> asked = pods.stream().map(this::ask).toList();
    return asked.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList();
  }

  private CompletableFuture<Optional<RuntimeState>> ask(Pod pod) {
    String name = pod.getMetadata().getName();
    String address = pod.getStatus().getPodIP();
    String host = address.contains(":") ? "[" + address + "]" : address;
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + "/status"))
            .timeout(PATIENCE)
            .build();
    CompletableFuture<HttpResponse<String>> exchange =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), MOST_BYTES));
    return exchange
        .thenApply(response -> parse(name, response))
        // The request's own timeout ends with the headers.
        .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .whenComplete((state, failure) -> exchange.cancel(true))
        .exceptionally(
            failure -> {
              LOG.debugf("the pod %s does not tell its status: %s", name, failure);
              return Optional.empty();
            });
  }

  private Optional<RuntimeState> parse(String pod, HttpResponse<String> response) {
    if (response.statusCode() != 200) {
      return Optional.empty();
    }
    try {
      return Optional.of(RuntimeState.of(pod, json.readTree(response.body())));
    } catch (JsonProcessingException noJson) {
      throw new IllegalArgumentException("the pod " + pod + " answers without JSON", noJson);
    }
  }
}
