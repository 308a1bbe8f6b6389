package dev.nodepass.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.nodepass.runtime.rules.Documentation;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsDocumentTest {
  @Test
  void theTableOfSettingsIsTheListInTheCode() {
    List<List<String>> inCode =
        Arrays.stream(Setting.values())
            .map(
                s ->
                    List.of(
                        s.query().isEmpty() ? "KEY@" : s.query(),
                        s.variable(),
                        s.defaultText().isEmpty() ? "none" : s.defaultText(),
                        s.allowed(),
                        s.meaning()))
            .toList();

    assertEquals(inCode, Documentation.rows("settings.md"));
  }
}
