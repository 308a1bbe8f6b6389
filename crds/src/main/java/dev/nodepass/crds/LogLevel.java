package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How much is logged. */
public enum LogLevel {
  /** Each connection. */
  @JsonProperty("Debug")
  DEBUG,

  /** Sessions and changes. */
  @JsonProperty("Info")
  INFO,

  /** What goes wrong and mends itself. */
  @JsonProperty("Warn")
  WARN,

  /** What stops the tunnel from working. */
  @JsonProperty("Error")
  ERROR,

  /** What ends the program. */
  @JsonProperty("Fatal")
  FATAL
}
