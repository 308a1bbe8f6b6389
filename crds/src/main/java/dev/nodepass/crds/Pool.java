package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;

/** Data connections kept ready. */
@ValidationRule(
    value = "self.min <= self.max",
    message = "pool.min must not be larger than pool.max")
public record Pool(
    @Default("16")
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription(
            "Client: fewest idle data connections that each replica keeps with each server.")
        Integer min,
    @Default("1024")
        @Min(1)
        @Max(65535)
        @JsonPropertyDescription("Client: most idle data connections.")
        Integer max) {

  static final Pool DEFAULT = new Pool(16, 1024);

  public Pool {
    min = min == null ? 16 : min;
    max = max == null ? 1024 : max;
  }
}
