/**
 * The settings of one tunnel, typed and checked, each with the source it came from (URL,
 * environment, default).
 *
 * <p>Pure functions over the arguments and a map of the environment: this is the only place that
 * says which variables exist. No thread of its own; all types are immutable.
 */
@NullMarked
package dev.nodepass.runtime.config;

import org.jspecify.annotations.NullMarked;
