package dev.nodepass.operator.plan;

import dev.nodepass.crds.Auth;
import dev.nodepass.crds.AuthType;
import dev.nodepass.crds.CertificateSource;
import dev.nodepass.crds.KeySecret;
import dev.nodepass.crds.ServerAuthorities;
import dev.nodepass.crds.Tls;
import io.fabric8.kubernetes.api.model.KeyToPath;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import io.fabric8.kubernetes.api.model.VolumeProjection;
import io.fabric8.kubernetes.api.model.VolumeProjectionBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Mounts in a pod: keys, certificates, and a place for what Java unpacks. */
final class VolumePlan {
  /** Readable by the pod's group, which is its own. */
  private static final int MODE = 0440;

  private final List<Volume> volumes = new ArrayList<>();
  private final List<VolumeMount> mounts = new ArrayList<>();

  VolumePlan(Tunnel tunnel) {
    // The root is read-only; Netty unpacks its native parts here.
    add(
        new VolumeBuilder()
            .withName("tmp")
            .withNewEmptyDir()
            .withSizeLimit(new Quantity("64Mi"))
            .endEmptyDir()
            .build(),
        "/tmp",
        false);
    Auth auth = tunnel.spec().authOrDefault();
    if (auth.type() == AuthType.KEY) {
      add(keys(tunnel.names(), auth.secret()), Mounts.KEYS, true);
    }
    certificates(tunnel);
  }

  List<Volume> volumes() {
    return List.copyOf(volumes);
  }

  List<VolumeMount> mounts() {
    return List.copyOf(mounts);
  }

  /** Secrets that come and go are taken up by running pods: the kubelet changes the files. */
  private static Volume keys(Names names, @Nullable KeySecret given) {
    List<VolumeProjection> sources =
        given == null
            ? Stream.of(names.keyA(), names.keyB())
                .map(slot -> source(slot, List.of(item(KeySecret.ENTRY, slot))))
                .toList()
            : List.of(source(given.name(), given.entries().stream().map(e -> item(e, e)).toList()));
    return new VolumeBuilder()
        .withName("keys")
        .withNewProjected()
        .withDefaultMode(MODE)
        .withSources(sources)
        .endProjected()
        .build();
  }

  /** Optional: a pod without keys says so in words, one without a volume hangs in silence. */
  private static VolumeProjection source(String secret, List<KeyToPath> items) {
    return new VolumeProjectionBuilder()
        .withNewSecret()
        .withName(secret)
        .withOptional(true)
        .withItems(items)
        .endSecret()
        .build();
  }

  private static KeyToPath item(String entry, String path) {
    return new KeyToPath(entry, null, path);
  }

  private void certificates(Tunnel tunnel) {
    Tls tls = tunnel.spec().tlsOrDefault();
    if (tls.source() == CertificateSource.SECRET) {
      add(secret("tls", String.valueOf(tls.secretName())), Mounts.TLS, true);
    } else if (tls.source() == CertificateSource.CERT_MANAGER) {
      add(secret("tls", tunnel.names().certificate()), Mounts.TLS, true);
    }
    if (tls.clientCa() != null) {
      add(
          authorities("client-ca", tls.clientCa().secretName(), tls.clientCa().configMapName()),
          Mounts.CLIENT_CA,
          true);
    }
    ServerAuthorities ca = tls.ca();
    if (ca != null && !ca.system()) {
      add(authorities("ca", ca.secretName(), ca.configMapName()), Mounts.CA, true);
    }
  }

  private static Volume authorities(
      String name, @Nullable String secret, @Nullable String configMap) {
    return secret != null
        ? secret(name, secret)
        : new VolumeBuilder()
            .withName(name)
            .withNewConfigMap()
            .withName(configMap)
            .withDefaultMode(MODE)
            .endConfigMap()
            .build();
  }

  private static Volume secret(String name, String secret) {
    return new VolumeBuilder()
        .withName(name)
        .withNewSecret()
        .withSecretName(secret)
        .withDefaultMode(MODE)
        .endSecret()
        .build();
  }

  private void add(Volume volume, String path, boolean readOnly) {
    volumes.add(volume);
    mounts.add(
        new VolumeMountBuilder()
            .withName(volume.getName())
            .withMountPath(path)
            .withReadOnly(readOnly ? true : null)
            .build());
  }
}
