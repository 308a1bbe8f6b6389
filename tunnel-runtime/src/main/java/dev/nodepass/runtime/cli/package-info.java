/**
 * The command line: picocli commands, exit codes, and the start of Quarkus.
 *
 * <p>Runs on the main thread. Knows settings and the life cycle; knows no sockets.
 */
@NullMarked
package dev.nodepass.runtime.cli;

import org.jspecify.annotations.NullMarked;
