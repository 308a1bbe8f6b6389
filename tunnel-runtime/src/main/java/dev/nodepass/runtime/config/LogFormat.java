package dev.nodepass.runtime.config;

/** How a log record is written. */
public enum LogFormat {
  /** One line: local time, level, message. */
  TEXT,
  /** One JSON object a line. */
  JSON
}
