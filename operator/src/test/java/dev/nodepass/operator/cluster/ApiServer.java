package dev.nodepass.operator.cluster;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real API server with RBAC, Pod Security and an audit log, which has the definition of
 * deploy/crd. One for all tests of a JVM: started by the first that wants it, ended with the JVM.
 * Safe for threads.
 *
 * <p>It is not run by kube-api-test: that turns the admission of ServiceAccounts off, has 254
 * cluster addresses for all tests, waits for the disk at every write of etcd, and keeps
 * certificates of a year in the cache for good.
 */
public final class ApiServer {
  /** The user of {@link #client()} and {@link #admin()}, who may do everything. */
  public static final String ADMIN = "admin";

  private static final String CONTROLLERS = "system:kube-controller-manager";
  private static final Path CRD = Path.of("deploy/crd/nodepasstunnels.nodepass.dev.yaml");
  private static final Duration START = Duration.ofSeconds(90);
  private static @Nullable ApiServer shared;
  private static boolean failed;

  private final Binaries binaries;
  private final Path folder;
  private final int port = Program.freePort();
  private final String adminToken = UUID.randomUUID().toString();
  private final String controllersToken = UUID.randomUUID().toString();
  private final AtomicInteger namespaces = new AtomicInteger();
  private final Kubeconfig admin;
  private final KubernetesClient client;

  private ApiServer(Binaries binaries, Path folder) throws IOException, GeneralSecurityException {
    this.binaries = binaries;
    this.folder = folder;
    prepare();
    String etcd = startEtcd();
    Program server = startServer(etcd);
    Path certificate = folder.resolve("certificates/apiserver.crt");
    server.await("its certificate", START, () -> Files.size(certificate) > 0);
    this.admin =
        new Kubeconfig("https://127.0.0.1:" + port, Files.readString(certificate), adminToken);
    Config config = Config.fromKubeconfig(admin.yaml());
    // An apply with a wrong field is answered by 500, which the client would try ten times more.
    config.setRequestRetryBackoffLimit(3);
    this.client = new KubernetesClientBuilder().withConfig(config).build();
    server.await("ready", START, () -> "ok".equals(client.raw("/readyz")));
    server.await("namespaces", START, () -> client.namespaces().withName("default").get() != null);
    install(
        Serialization.unmarshal(
            Files.readString(root().resolve(CRD)), CustomResourceDefinition.class));
  }

  /**
   * The one of this JVM. Fails, or leaves the test out, in one line if its programs are missing.
   */
  public static synchronized ApiServer shared() {
    if (shared == null) {
      Binaries binaries = Binaries.found();
      if (failed) {
        throw new IllegalStateException("the API server did not start: see the first failure");
      }
      shared = started(binaries);
    }
    return shared;
  }

  private static ApiServer started(Binaries binaries) {
    try {
      return new ApiServer(binaries, temporaryFolder());
    } catch (IOException | GeneralSecurityException | RuntimeException | AssertionError wrong) {
      failed = true;
      throw new IllegalStateException("the API server does not start", wrong);
    }
  }

  /** The folder of the whole project. */
  public static Path root() {
    return Path.of(System.getProperty("nodepass.root", ".."));
  }

  private static Path temporaryFolder() throws IOException {
    Path folder = Files.createTempDirectory("nodepass-cluster");
    AtExit.add(() -> delete(folder));
    return folder;
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private void prepare() throws IOException, GeneralSecurityException {
    Files.writeString(
        folder.resolve("tokens.csv"),
        """
        %s,%s,1,"system:masters"
        %s,%s,2,"system:masters"
        """
            .formatted(adminToken, ADMIN, controllersToken, CONTROLLERS));
    KeyPairGenerator keys = KeyPairGenerator.getInstance("RSA");
    keys.initialize(2048);
    Files.writeString(
        folder.resolve("tokens.key"),
        "-----BEGIN PRIVATE KEY-----\n"
            + Base64.getMimeEncoder()
                .encodeToString(keys.generateKeyPair().getPrivate().getEncoded())
            + "\n-----END PRIVATE KEY-----\n");
    Files.writeString(
        folder.resolve("audit.yaml"),
        """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        omitStages: [RequestReceived]
        rules:
        - {level: None, users: ["system:apiserver", "%s"]}
        - {level: Metadata}
        """
            .formatted(CONTROLLERS));
  }

  private String startEtcd() {
    String clients = "http://127.0.0.1:" + Program.freePort();
    String peers = "http://127.0.0.1:" + Program.freePort();
    start(
        "etcd",
        "--name=etcd",
        "--data-dir=" + folder.resolve("etcd"),
        "--unsafe-no-fsync",
        "--log-level=warn",
        "--listen-client-urls=" + clients,
        "--advertise-client-urls=" + clients,
        "--listen-peer-urls=" + peers,
        "--initial-advertise-peer-urls=" + peers,
        "--initial-cluster=etcd=" + peers);
    return clients;
  }

  private Program startServer(String etcd) {
    return start(
        "kube-apiserver",
        "--etcd-servers=" + etcd,
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        "--secure-port=" + port,
        // It makes its certificate itself, for 127.0.0.1.
        "--cert-dir=" + folder.resolve("certificates"),
        "--token-auth-file=" + folder.resolve("tokens.csv"),
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-key-file=" + folder.resolve("tokens.key"),
        "--service-account-signing-key-file=" + folder.resolve("tokens.key"),
        "--service-cluster-ip-range=10.96.0.0/16",
        "--audit-policy-file=" + folder.resolve("audit.yaml"),
        "--audit-log-path=" + auditLog(),
        "--profiling=false");
  }

  private Path auditLog() {
    return folder.resolve("audit.log");
  }

  /** Starts one of the control plane's programs. */
  Program start(String program, String... arguments) {
    List<String> command = new ArrayList<>(List.of(binaries.path(program)));
    command.addAll(List.of(arguments));
    return Program.start(program, folder, Map.of(), command);
  }

  /** Installs a definition, and waits until its resources are served. */
  public void install(CustomResourceDefinition crd) {
    client.resource(crd).serverSideApply();
    String version = crd.getSpec().getVersions().getFirst().getName();
    String path =
        String.join(
            "/", "/apis", crd.getSpec().getGroup(), version, crd.getSpec().getNames().getPlural());
    Awaitility.await(path).atMost(START).ignoreExceptions().until(() -> client.raw(path) != null);
  }

  /** Takes a definition away with all of its resources, and waits until they are gone. */
  public void remove(CustomResourceDefinition crd) {
    client.resource(crd).delete();
    Awaitility.await(crd.getMetadata().getName())
        .atMost(START)
        .until(() -> client.resource(crd).get() == null);
  }

  /** For files of tests; gone with the JVM. */
  public Path folder() {
    return folder;
  }

  /** Its port of 127.0.0.1. */
  public int port() {
    return port;
  }

  /** May do everything. Not for closing. */
  public KubernetesClient client() {
    return client;
  }

  /** May do everything. */
  public Kubeconfig admin() {
    return admin;
  }

  /** May do everything, and is not in the audit log. */
  Kubeconfig controllers() {
    return new Kubeconfig(admin.server(), admin.authority(), controllersToken);
  }

  /** May do what is granted to a ServiceAccount, for an hour. */
  public Kubeconfig serviceAccount(String namespace, String name) {
    String token =
        client
            .serviceAccounts()
            .inNamespace(namespace)
            .withName(name)
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(3600L)
                    .endSpec()
                    .build())
            .getStatus()
            .getToken();
    return new Kubeconfig(admin.server(), admin.authority(), token);
  }

  /** The name by which the audit log knows a ServiceAccount. */
  public static String userName(String namespace, String serviceAccount) {
    return "system:serviceaccount:" + namespace + ":" + serviceAccount;
  }

  /** What a user asked so far, of all namespaces. */
  public Requests requestsOf(String user) {
    return Requests.of(user, auditLog());
  }

  /** Makes a namespace with a name of its own. */
  public String namespace(String prefix) {
    return namespace(prefix, Map.of());
  }

  /** Makes a namespace with a name of its own, and labels. */
  public String namespace(String prefix, Map<String, String> labels) {
    String name = prefix + "-" + namespaces.incrementAndGet();
    client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withName(name)
                .withLabels(labels)
                .endMetadata()
                .build())
        .create();
    return name;
  }

  /** What kubectl did. */
  public record Outcome(int code, String output) {}

  /** Runs kubectl as {@link #ADMIN}. */
  public Outcome kubectl(String... arguments) {
    return kubectl(admin, arguments);
  }

  /** Runs kubectl as a user; standard output and error are one. */
  public Outcome kubectl(Kubeconfig user, String... arguments) {
    List<String> all = new ArrayList<>();
    all.add("--kubeconfig=" + user.write(folder));
    all.add("--cache-dir=" + folder.resolve("kubectl"));
    all.addAll(List.of(arguments));
    Program kubectl = start("kubectl", all.toArray(String[]::new));
    int code = kubectl.exitCode(Duration.ofSeconds(60));
    return new Outcome(code, kubectl.output());
  }

  /** A new file with a text, such as for {@code kubectl apply -f}. */
  public Path file(String text) {
    try {
      return Files.writeString(Files.createTempFile(folder, "file", ".yaml"), text);
    } catch (IOException wrong) {
      throw new UncheckedIOException(wrong);
    }
  }
}
