package dev.nodepass.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The Dockerfiles, without an engine: what they refer to is there, and what they promise holds. */
class ImageFilesTest {
  private static final Path ROOT = Path.of(System.getProperty("nodepass.sources", "."), "..");

  /**
   * An instruction, with its continued lines.
   *
   * @param stage number of the stage that it is in, from 0; -1 before the first
   */
  private record Instruction(int stage, String name, String value) {}

  private static List<Instruction> instructions(String file) throws IOException {
    String text =
        Files.readString(ROOT.resolve(file))
            .replaceAll("(?m)^#.*\n", "")
            .replaceAll("\\\\\n\\s*", " ");
    List<Instruction> all = new ArrayList<>();
    int stage = -1;
    for (String line : text.lines().filter(l -> !l.isBlank()).toList()) {
      String[] words = line.strip().split("\\s+", 2);
      stage += words[0].equals("FROM") ? 1 : 0;
      all.add(new Instruction(stage, words[0], words[1]));
    }
    return all;
  }

  private static List<String> values(List<Instruction> all, int stage, String name) {
    return all.stream()
        .filter(i -> i.stage() == stage && i.name().equals(name))
        .map(Instruction::value)
        .toList();
  }

  static String buildVersion() throws IOException {
    Matcher version =
        Pattern.compile("<artifactId>nodepass</artifactId>\\s*<version>([^<]+)</version>")
            .matcher(Files.readString(ROOT.resolve("pom.xml")));
    assertTrue(version.find());
    return version.group(1).replace("-SNAPSHOT", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile", "Dockerfile.native"})
  void whatADockerfileRefersToIsThere(String file) throws IOException {
    List<Instruction> all = instructions(file);
    Set<String> stages = new HashSet<>();
    for (Instruction each : all) {
      switch (each.name()) {
        case "FROM" -> {
          Matcher from = Pattern.compile("\\$\\{(\\w+)}(?: AS (\\w+))?").matcher(each.value());
          assertTrue(from.matches(), each.value());
          String base = from.group(1) + "=";
          assertTrue(
              values(all, -1, "ARG").stream().anyMatch(a -> a.startsWith(base)), each.value());
          if (from.group(2) != null) {
            stages.add(from.group(2));
          }
        }
        case "COPY" -> {
          Matcher copy = Pattern.compile("(?:--from=(\\w+) )?(\\S+) \\S+").matcher(each.value());
          assertTrue(copy.matches(), each.value());
          assertTrue(
              copy.group(1) != null
                  ? stages.contains(copy.group(1))
                  : Files.exists(ROOT.resolve(copy.group(2))),
              each.value());
        }
        case "RUN" -> {
          Matcher script = Pattern.compile("(?<=^|\\s)tools/\\S+").matcher(each.value());
          while (script.find()) {
            assertTrue(Files.isExecutable(ROOT.resolve(script.group())), script.group());
          }
        }
        default ->
            assertTrue(
                Set.of("ARG", "LABEL", "ENV", "WORKDIR", "USER", "STOPSIGNAL", "ENTRYPOINT")
                    .contains(each.name()),
                each.name());
      }
    }
  }

  /** The first RUN gets what the scripts of the later ones call, from whichever package manager. */
  @ParameterizedTest
  @CsvSource({
    "Dockerfile,        mvn objcopy,   ",
    "Dockerfile,        unzip objcopy, ",
    "Dockerfile,        mvn apt-get,   apt-get: install -y --no-install-recommends unzip binutils",
    "Dockerfile,        microdnf,      microdnf: install -y unzip binutils",
    "Dockerfile.native, unzip,         ",
    "Dockerfile.native, apt-get,       apt-get: install -y --no-install-recommends unzip",
    "Dockerfile.native, microdnf,      microdnf: install -y unzip",
  })
  void whatTheBuilderLacksIsInstalled(
      String file, String programs, @Nullable String installed, @TempDir Path path)
      throws Exception {
    for (String program : List.of(programs.split(" ", -1))) {
      Path script = path.resolve(program);
      Files.writeString(script, "#!/bin/sh\necho \"${0##*/}: $*\"\n");
      assertTrue(script.toFile().setExecutable(true));
    }
    ProcessBuilder run =
        new ProcessBuilder("/bin/sh", "-c", values(instructions(file), 0, "RUN").getFirst())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    run.environment().put("PATH", path.toString());
    Process process = run.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor());
    assertEquals(
        Optional.ofNullable(installed),
        said.lines().filter(line -> line.contains(": install ")).findFirst());
  }

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile", "Dockerfile.native"})
  void everyArgumentHasADefaultAndIsDocumented(String file) throws IOException {
    String guide = Files.readString(ROOT.resolve("docs/images.md"));
    for (Instruction each : instructions(file)) {
      if (each.name().equals("ARG")) {
        String[] parts = each.value().split("=", 2);
        assertTrue(parts.length == 2 && !parts[1].isBlank(), each.value());
        assertTrue(guide.contains("`" + parts[0] + "`"), parts[0] + " is not in docs/images.md");
        assertFalse(parts[1].endsWith(":latest"), each.value());
        if (parts[0].endsWith("_IMAGE")) {
          assertTrue(parts[1].matches("\\S+:\\S+"), "no tag: " + each.value());
        }
        if (parts[0].equals("VERSION")) {
          assertEquals(buildVersion(), parts[1]);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Dockerfile", "Dockerfile.native"})
  void theImageRunsWithoutRootAndWithoutAShell(String file) throws IOException {
    List<Instruction> all = instructions(file);
    int last = all.getLast().stage();
    assertEquals(List.of("65532:65532"), values(all, last, "USER"));
    assertEquals(List.of(), values(all, last, "RUN"), "the base has no shell");
    List<String> entry = values(all, last, "ENTRYPOINT");
    assertEquals(1, entry.size());
    assertTrue(new JsonArray(entry.getFirst()).getString(0).startsWith("/"), entry.getFirst());
  }

  /** Two ways to one image. */
  @Test
  void theImageMadeWithoutARegistrySaysTheSameOfItself() throws IOException {
    List<Instruction> all = instructions("Dockerfile");
    int last = all.getLast().stage();
    String packed = Files.readString(ROOT.resolve("tools/image/pack"));
    for (String word :
        List.of(
            "\"User\":\"" + values(all, last, "USER").getFirst() + "\"",
            "\"WorkingDir\":\"" + values(all, last, "WORKDIR").getFirst() + "\"",
            "\"StopSignal\":\"" + values(all, last, "STOPSIGNAL").getFirst() + "\"",
            "\"Entrypoint\":" + new JsonArray(values(all, last, "ENTRYPOINT").getFirst()).encode(),
            "\"Env\":[\""
                + String.join("\",\"", values(all, last, "ENV").getFirst().split(" "))
                + "\"]",
            "\"org.opencontainers.image.licenses\":\"MIT\"")) {
      assertTrue(packed.contains(word), word);
    }
  }
}
