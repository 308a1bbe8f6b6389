package dev.nodepass.operator.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class VariableTest {
  @Test
  void theRuntimeHasEachVariableWithThatDefault() throws IOException {
    Map<String, String> defaults = new HashMap<>();
    for (String line : Files.readAllLines(Path.of("../docs/settings.md"))) {
      String[] cells = line.split("\\|", 5);
      if (cells.length == 5 && line.startsWith("| `")) {
        defaults.put(word(cells[2]), word(cells[3]));
      }
    }
    for (Variable variable : Variable.values()) {
      assertEquals(
          defaults.getOrDefault(variable.variable(), "no such variable").replace("none", ""),
          variable.runtimeDefault(),
          variable.variable());
    }
  }

  private static String word(String cell) {
    return cell.strip().replace("`", "");
  }
}
