package dev.nodepass.crds;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the schema takes for a quantity is what the client reads as one. */
class QuantityTest {
  private static final List<String> PIECES =
      List.of(
          "",
          "0",
          "1",
          "9",
          "18",
          "999999999",
          "000000000000000000",
          ".",
          "-",
          "+",
          "e",
          "E",
          "3",
          "12",
          "123",
          "m",
          "n",
          "u",
          "k",
          "K",
          "M",
          "G",
          "T",
          "P",
          "i",
          "Ki",
          "Ei",
          " ",
          "a",
          "\n",
          "٣");

  private static boolean taken(String text) {
    // find: an API server too looks for the pattern anywhere in a text.
    return Pattern.compile(CrdYaml.QUANTITY.replace("$", "\\z")).matcher(text).find();
  }

  private static Quantity read(Object value) {
    ResourceRequirements read =
        Serialization.unmarshal(
            Serialization.asJson(Map.of("limits", Map.of("cpu", value))),
            ResourceRequirements.class);
    return Objects.requireNonNull(read.getLimits().get("cpu"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "2",
        "1e3",
        "1E3",
        "1e-3",
        "1e+3",
        "0.5Gi",
        "1000m",
        "50m",
        "1.",
        ".5",
        "1E",
        "1Ei",
        "100n",
        "5u",
        "3k",
        "999999999999999999",
        "1.123456789",
        "1e99"
      })
  void whatKubernetesWritesIsTakenAndRead(String text) {
    assertTrue(taken(text));
    assertNotNull(read(text).getNumericalAmount());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "abc",
        "1e3m",
        "1e",
        "1e3.5",
        "1Kim",
        "1mm",
        "1K",
        "1ki",
        "-1",
        "+1",
        ".",
        "1..2",
        "1 Gi",
        " 1",
        "1\n",
        "1e999",
        "0x10",
        "NaN",
        "1,5",
        "1000000000000000000000",
        "1GiB",
        "1d"
      })
  void whatIsNoneIsRefused(String text) {
    assertFalse(taken(text));
  }

  @Test
  void everyQuantityThatIsTakenIsRead() {
    List<String> texts = new ArrayList<>();
    for (String a : PIECES) {
      for (String b : PIECES) {
        for (String c : PIECES) {
          for (String d : PIECES) {
            texts.add(a + b + c + d);
          }
        }
      }
    }
    List<String> good = texts.stream().distinct().filter(QuantityTest::taken).toList();
    assertTrue(good.size() > 1000, "taken: " + good.size());
    for (String text : good) {
      assertDoesNotThrow(() -> read(text).getNumericalAmount(), text);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 2, Integer.MAX_VALUE, Long.MAX_VALUE})
  void wholeNumbersAreRead(long number) {
    assertEquals(Long.toString(number), read(number).getNumericalAmount().toPlainString());
  }
}
