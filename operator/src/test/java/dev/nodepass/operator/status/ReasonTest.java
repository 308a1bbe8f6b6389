package dev.nodepass.operator.status;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ReasonTest {
  @Test
  void everyConditionAndReasonIsExplainedAndNoOthers() throws IOException {
    Set<String> words =
        Stream.concat(
                Arrays.stream(ConditionType.values()).map(ConditionType::word),
                Arrays.stream(Reason.values()).map(Reason::word))
            .collect(Collectors.toCollection(TreeSet::new));
    try (Stream<String> lines = Files.lines(Path.of("../docs/operations.md"))) {
      assertEquals(
          words,
          lines
              .filter(line -> line.startsWith("| `"))
              .map(line -> line.split("`", 3)[1])
              .collect(Collectors.toCollection(TreeSet::new)));
    }
  }
}
