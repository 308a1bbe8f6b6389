package dev.nodepass.runtime.cli;

import dev.nodepass.runtime.config.Settings;

/** Runs a tunnel whose settings are right. */
@FunctionalInterface
interface Launcher {
  /** Blocks until the tunnel has stopped; the exit code. */
  int launch(Settings settings);
}
