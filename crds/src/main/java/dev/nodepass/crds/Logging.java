package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;

/** What the pods log. */
public record Logging(
    @Default("Info")
        @JsonPropertyDescription("How much is logged: Debug, Info, Warn, Error or Fatal.")
        LogLevel level,
    @Default("Json") @JsonPropertyDescription("Json: one object a line; Text: for people.")
        LogFormat format) {

  static final Logging DEFAULT = new Logging(LogLevel.INFO, LogFormat.JSON);

  public Logging {
    level = level == null ? LogLevel.INFO : level;
    format = format == null ? LogFormat.JSON : format;
  }
}
