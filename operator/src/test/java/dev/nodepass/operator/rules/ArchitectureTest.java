package dev.nodepass.operator.rules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.nodepass");

  @Test
  void aPlanKnowsNothingOfTheStatus() {
    noClasses()
        .that()
        .resideInAPackage("..operator.plan..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("..operator.status..")
        .check(CLASSES);
  }

  @Test
  void resourceTypesKnowNothingOfTheOperator() {
    noClasses()
        .that()
        .resideInAPackage("dev.nodepass.crds..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.nodepass.operator..")
        .check(CLASSES);
  }

  @Test
  void planAndStatusArePure() {
    noClasses()
        .that()
        .resideInAnyPackage("..operator.plan..", "..operator.status..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Random.class)
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("io.fabric8.kubernetes.client.KubernetesClient")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .orShould()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }
}
