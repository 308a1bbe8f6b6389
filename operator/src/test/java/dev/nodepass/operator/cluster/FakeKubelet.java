package dev.nodepass.operator.cluster;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.nodepass.operator.cluster.PodScript.Life;
import dev.nodepass.operator.cluster.PodScript.Refusal;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Plays the node of all pods that are labelled {@code app.kubernetes.io/name=nodepass}, and the
 * program in them. A pod gets a loopback address of its own and the status that a test says; what
 * is served there on port 9000 is what the pod's {@code /status} would be. Until a test says
 * something, pods run and have no session. One for all tests of a JVM, as the port is one; safe for
 * threads.
 */
public final class FakeKubelet {
  private static final int MANAGEMENT = 9000;
  private static final int ADDRESSES_IN_A_ROW = 250;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static @Nullable FakeKubelet shared;

  private final KubernetesClient client;
  private final Map<Key, PodScript> scripts = new HashMap<>();
  private final Map<String, Play> plays = new HashMap<>();
  private int addresses;

  /** A tunnel in a namespace, or one of its pods. */
  private record Key(String namespace, String name, boolean isPod) {}

  /** A pod as it was last seen, and what it played last. */
  private record Play(Pod pod, String address, @Nullable PodScript played) {}

  private FakeKubelet(KubernetesClient client) {
    this.client = client;
    serve();
    client
        .pods()
        .inAnyNamespace()
        .withLabel("app.kubernetes.io/name", "nodepass")
        .inform(
            new ResourceEventHandler<>() {
              @Override
              public void onAdd(Pod pod) {
                seen(pod);
              }

              @Override
              public void onUpdate(Pod before, Pod pod) {
                seen(pod);
              }

              @Override
              public void onDelete(Pod pod, boolean unknown) {
                gone(pod);
              }
            });
  }

  /** The one of this JVM. */
  public static synchronized FakeKubelet shared() {
    if (shared == null) {
      shared = new FakeKubelet(ApiServer.shared().client());
    }
    return shared;
  }

  /** What all pods of a tunnel play, those to come too; the tunnel is their label's instance. */
  public Cue tunnel(String namespace, String name) {
    return new Cue(new Key(namespace, name, false));
  }

  /** What one pod plays, whatever its tunnel does from then on. */
  public Cue pod(Pod pod) {
    String namespace = pod.getMetadata().getNamespace();
    return new Cue(new Key(namespace, pod.getMetadata().getName(), true));
  }

  /** Tells pods what to play. Each call is in effect, in the API server too, when it returns. */
  public final class Cue {
    private final Key key;

    private Cue(Key key) {
      this.key = key;
    }

    /** They run and have these sessions; with one at least they are ready. */
    public Cue sessions(String... names) {
      return change(s -> s.as(new Life.Running()).answering(true).with(List.of(names)));
    }

    /** This was turned away last. */
    public Cue refusals(Refusal... refusals) {
      return change(s -> s.refusing(List.of(refusals)));
    }

    /** They say this of themselves. */
    public Cue state(String state, String detail) {
      return change(s -> s.saying(state, detail));
    }

    /** They end at every start, with these last words. */
    public Cue crashLoop(String text) {
      return change(s -> s.as(new Life.CrashLoop(text)));
    }

    /** Their image cannot be had. */
    public Cue imagePull(String text) {
      return change(s -> s.as(new Life.ImagePull(text)));
    }

    /** There is no node for them. */
    public Cue unschedulable(String text) {
      return change(s -> s.as(new Life.Unschedulable(text)));
    }

    /** They run, but asked for their status they hang up. */
    public Cue unreadable() {
      return change(s -> s.answering(false));
    }

    private Cue change(UnaryOperator<PodScript> change) {
      cue(key, change);
      return this;
    }
  }

  private synchronized void cue(Key key, UnaryOperator<PodScript> change) {
    PodScript from = scripts.getOrDefault(key, PodScript.QUIET);
    scripts.put(key, change.apply(from));
    List.copyOf(plays.values()).forEach(this::play);
  }

  private synchronized void seen(Pod pod) {
    if (pod.getMetadata().getDeletionTimestamp() != null) {
      client.resource(pod).withGracePeriod(0).delete();
      return;
    }
    Play before = plays.get(pod.getMetadata().getUid());
    play(
        before == null
            ? new Play(pod, nextAddress(), null)
            : new Play(pod, before.address(), before.played()));
  }

  private synchronized void gone(Pod pod) {
    plays.remove(pod.getMetadata().getUid());
  }

  private String nextAddress() {
    int number = addresses++;
    return "127.77." + number / ADDRESSES_IN_A_ROW + "." + (number % ADDRESSES_IN_A_ROW + 1);
  }

  private void play(Play play) {
    Pod pod = play.pod();
    PodScript script = script(pod);
    plays.put(pod.getMetadata().getUid(), new Play(pod, play.address(), script));
    if (script.equals(play.played())) {
      return;
    }
    try {
      var status = new PodStatuses(pod, play.address()).of(script);
      // By name, so that what is there now is changed, and not what was seen last.
      client
          .pods()
          .inNamespace(pod.getMetadata().getNamespace())
          .withName(pod.getMetadata().getName())
          .editStatus(p -> new PodBuilder(p).withStatus(status).build());
    } catch (KubernetesClientException lost) {
      // A pod that went meanwhile plays no more.
      if (lost.getCode() != 404) {
        throw lost;
      }
    }
  }

  private PodScript script(Pod pod) {
    String namespace = pod.getMetadata().getNamespace();
    String tunnel = pod.getMetadata().getLabels().getOrDefault("app.kubernetes.io/instance", "");
    PodScript ofTunnel = scripts.getOrDefault(new Key(namespace, tunnel, false), PodScript.QUIET);
    return scripts.getOrDefault(new Key(namespace, pod.getMetadata().getName(), true), ofTunnel);
  }

  private void serve() {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(MANAGEMENT), 0);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/status", this::answer);
      server.start();
      AtExit.add(() -> server.stop(0));
    } catch (IOException taken) {
      throw new UncheckedIOException(
          "the pods' management port, " + MANAGEMENT + ", is taken by another program", taken);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Optional<Play> play = at(exchange.getLocalAddress().getAddress().getHostAddress());
      if (play.isPresent() && script(play.get()).answers()) {
        byte[] body = JSON.writeValueAsBytes(status(play.get()));
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }

  private synchronized Optional<Play> at(String address) {
    return plays.values().stream().filter(p -> p.address().equals(address)).findFirst();
  }

  private synchronized PodScript script(Play play) {
    return script(play.pod());
  }

  private ObjectNode status(Play play) {
    PodScript script = script(play);
    boolean up = !script.sessions().isEmpty();
    boolean server =
        play.pod().getSpec().getContainers().getFirst().getArgs().stream()
            .anyMatch(a -> a.startsWith("server:"));
    String state = server ? "listening" : up ? "connected" : "connecting";
    ObjectNode status = JSON.createObjectNode();
    status.put("role", server ? "server" : "client");
    status.put("state", script.state() == null ? state : script.state());
    status.put("ready", script.ready());
    status.put("detail", script.detail() != null ? script.detail() : up ? "" : "no session");
    status.put("transport", "nio");
    ArrayNode sessions = status.putArray("sessions");
    script.sessions().forEach(s -> sessions.addObject().put("name", s).put("protocol", 2));
    ArrayNode refusals = status.putArray("refusals");
    script
        .refusals()
        .forEach(
            r ->
                refusals
                    .addObject()
                    .put("reason", r.reason())
                    .put("text", r.text())
                    .put("at", r.at().toString()));
    return status;
  }
}
