package dev.nodepass.runtime.rules;

import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The directions of the architecture, kept. */
class ArchitectureTest {
  private static final String BASE = "dev.nodepass.runtime";

  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(BASE);

  private static final Set<String> SIDE_MAY_KNOW =
      Set.of(
          "config", "lifecycle", "net", "observe", "pool", "relay.frame", "relay.tcp", "relay.udp");

  private static final Set<String> ROLE_MAY_KNOW =
      Set.of(
          "config",
          "control",
          "identity",
          "lifecycle",
          "listen",
          "net",
          "observe",
          "pool",
          "relay.tcp",
          "serve",
          "session",
          "tls");

  /** Every package, and the packages of this project that it may know. */
  private static final Map<String, Set<String>> MAY_KNOW =
      Map.ofEntries(
          Map.entry("identity", Set.of()),
          Map.entry("config", Set.of("identity")),
          Map.entry("control", Set.of()),
          Map.entry("tls", Set.of()),
          Map.entry("net", Set.of("config")),
          Map.entry("pool", Set.of("net")),
          Map.entry("relay.frame", Set.of()),
          Map.entry("relay.tcp", Set.of("net", "relay.frame")),
          Map.entry("relay.udp", Set.of("net")),
          Map.entry("observe", Set.of("config", "net")),
          Map.entry("lifecycle", Set.of("config", "net", "observe")),
          Map.entry("listen", SIDE_MAY_KNOW),
          Map.entry("serve", SIDE_MAY_KNOW),
          Map.entry(
              "session",
              Set.of(
                  "config",
                  "control",
                  "lifecycle",
                  "listen",
                  "net",
                  "observe",
                  "pool",
                  "relay.tcp",
                  "serve")),
          Map.entry("server", ROLE_MAY_KNOW),
          Map.entry("client", ROLE_MAY_KNOW),
          Map.entry(
              "app", Set.of("config", "lifecycle", "net", "observe", "server", "client", "tls")),
          Map.entry("cli", Set.of("config", "identity", "app")));

  private static Stream<String> packages() {
    return MAIN.stream()
        .map(c -> c.getPackageName().substring(BASE.length() + 1))
        .distinct()
        .sorted();
  }

  @Test
  void everyPackageHasItsPlaceInTheDirections() {
    assertEquals(
        new TreeSet<>(MAY_KNOW.keySet()),
        packages().collect(Collectors.toCollection(TreeSet::new)));
  }

  @ParameterizedTest
  @MethodSource("packages")
  void aPackageKnowsOnlyThoseItMay(String room) {
    Set<String> known =
        MAIN.stream()
            .filter(c -> c.getPackageName().equals(BASE + "." + room))
            .flatMap(c -> c.getDirectDependenciesFromSelf().stream())
            .map(d -> d.getTargetClass().getBaseComponentType().getPackageName())
            .filter(p -> p.startsWith(BASE + "."))
            .map(p -> p.substring(BASE.length() + 1))
            .filter(p -> !p.equals(room))
            .collect(Collectors.toCollection(TreeSet::new));

    known.removeAll(MAY_KNOW.getOrDefault(room, Set.of()));
    assertEquals(Set.of(), known, room + " knows what it must not");
  }

  @Test
  void theStateMachinesDoNoInputOrOutput() {
    classes()
        .that()
        .resideInAPackage(BASE + ".control")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            BASE + ".control",
            "java.lang..",
            "java.time",
            "java.util",
            "java.util.function",
            "java.util.regex",
            "java.util.stream",
            "java.nio.charset",
            "org.jspecify.annotations")
        .check(MAIN);
  }

  @Test
  void theSettingsArePureFunctions() {
    noClasses()
        .that()
        .resideInAPackage(BASE + ".config")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io..", "java.nio.channels..", "jakarta..")
        .check(MAIN);
    // A path may be named here, and is read elsewhere.
    noClasses()
        .that()
        .resideInAPackage(BASE + ".config")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(java.nio.file.Files.class, java.io.File.class)
        .check(MAIN);
  }

  @Test
  void theCommandLineKnowsNoSockets() {
    noClasses()
        .that()
        .resideInAPackage(BASE + ".cli")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty..", "io.vertx..", "java.net", "java.nio.channels..")
        .check(MAIN);
  }

  @Test
  void onlyTheLauncherKnowsTheApplication() {
    noClasses()
        .that()
        .resideInAPackage(BASE + ".cli")
        .and()
        .doNotHaveSimpleName("Main")
        .and()
        .doNotHaveSimpleName("QuarkusLauncher")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(BASE + ".app")
        .check(MAIN);
  }

  @Test
  void theInternalsOfVertxStayInNet() {
    noClasses()
        .that()
        .resideOutsideOfPackage(BASE + ".net")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.vertx.core.impl..", "io.vertx.core.net.impl..")
        .check(MAIN);
  }

  @Test
  void theEnvironmentIsReadAtTheEntrancesOnly() {
    noClasses()
        .that()
        .resideOutsideOfPackages(BASE + ".cli", BASE + ".app")
        .should()
        .accessTargetWhere(target(owner(type(System.class))).and(target(name("getenv"))))
        .check(MAIN);
  }

  @Test
  void nothingLocks() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.util.concurrent.locks")
        .check(MAIN);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching(BASE + ".(**)").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void everyPackageIsNullMarkedInItsPackageInfo() {
    List<String> unmarked =
        MAIN.stream()
            .map(JavaClass::getPackage)
            .distinct()
            .filter(p -> p.tryGetAnnotationOfType(NullMarked.class).isEmpty())
            .map(p -> p.getName())
            .toList();

    assertEquals(List.of(), unmarked);
  }

  @Test
  void namesSayWhatAClassIs() {
    List<String> empty =
        MAIN.stream()
            .map(JavaClass::getSimpleName)
            .filter(n -> n.matches(".*(Managers?|Helpers?|Utils?|Impl)"))
            .toList();

    assertEquals(List.of(), empty);
  }

  @Test
  void theRulesSeeTheCode() {
    assertTrue(MAIN.size() > 80, "classes were found: " + MAIN.size());
  }
}
