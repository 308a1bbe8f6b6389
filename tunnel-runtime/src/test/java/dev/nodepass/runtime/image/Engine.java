package dev.nodepass.runtime.image;

import com.github.dockerjava.api.DockerClient;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.testcontainers.DockerClientFactory;

/**
 * The container engine and the images in it. Tests build nothing: they load what {@code make
 * image-local} has made, and are left out, saying so in a line, where no engine answers or no image
 * is there. In CI ({@code CI=true}) that is a failure on machines on which Docker is installed.
 */
final class Engine {
  private static final List<Path> DOCKER =
      List.of(Path.of("/usr/bin/docker"), Path.of("/usr/local/bin/docker"), Path.of("/bin/docker"));

  private Engine() {}

  /** Loads the archives into the engine, whose client it returns. */
  static DockerClient with(List<Path> archives) throws IOException, InterruptedException {
    Optional<Path> docker = DOCKER.stream().filter(Files::isExecutable).findFirst();
    if (docker.isEmpty()) {
      throw leftOut("it needs docker, which is not installed", false);
    }
    Optional<String> version = apiVersion(docker.get());
    if (version.isEmpty()) {
      throw leftOut("no container engine answers: tools/docker-engine start", true);
    }
    for (Path archive : archives) {
      if (!Files.isRegularFile(archive)) {
        throw leftOut(archive.getFileName() + " is missing: make image-local", true);
      }
    }
    // Testcontainers asks for a newer API than old engines have, and new engines refuse old ones.
    System.setProperty("api.version", version.get());
    DockerClient client = DockerClientFactory.lazyClient();
    for (Path archive : archives) {
      try (InputStream in = Files.newInputStream(archive)) {
        client.loadImageCmd(in).exec();
      }
    }
    return client;
  }

  private static RuntimeException leftOut(String why, boolean failsInCi) {
    String said = "left out: the images are not tested: " + why;
    if (failsInCi && "true".equals(System.getenv("CI"))) {
      throw new AssertionError(said + "; CI must, as docker is installed");
    }
    System.out.println(said);
    return Assumptions.<RuntimeException>abort(said);
  }

  private static Optional<String> apiVersion(Path docker) throws IOException, InterruptedException {
    // Not a pipe: reading it would wait for an engine that hangs.
    Path said = Files.createTempFile("docker-version", null);
    try {
      Process asked =
          new ProcessBuilder(docker.toString(), "version", "--format", "{{.Server.APIVersion}}")
              .redirectOutput(said.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (!asked.waitFor(30, TimeUnit.SECONDS)) {
        asked.destroyForcibly();
        return Optional.empty();
      }
      return asked.exitValue() == 0
          ? Optional.of(Files.readString(said).strip())
          : Optional.empty();
    } finally {
      Files.delete(said);
    }
  }
}
