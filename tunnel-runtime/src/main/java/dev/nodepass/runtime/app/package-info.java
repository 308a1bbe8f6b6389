/**
 * Puts the rooms together: from checked settings to a running tunnel with its management listener,
 * under Quarkus.
 *
 * <p>Runs on the main thread until the tunnel has stopped. May know every other package.
 */
@NullMarked
package dev.nodepass.runtime.app;

import org.jspecify.annotations.NullMarked;
