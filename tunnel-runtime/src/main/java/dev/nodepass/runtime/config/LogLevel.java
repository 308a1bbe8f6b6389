package dev.nodepass.runtime.config;

/** The five levels of the {@code log} option, the least severe first. */
public enum LogLevel {
  DEBUG,
  INFO,
  WARN,
  ERROR,
  FATAL
}
