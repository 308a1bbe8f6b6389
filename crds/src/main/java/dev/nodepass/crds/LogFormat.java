package dev.nodepass.crds;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a record is written. */
public enum LogFormat {
  /** One JSON object a line. */
  @JsonProperty("Json")
  JSON,

  /** Text for people. */
  @JsonProperty("Text")
  TEXT
}
