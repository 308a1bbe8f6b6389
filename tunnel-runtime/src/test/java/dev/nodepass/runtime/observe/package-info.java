/** Counters, gauges, refusals, and the table of metrics in the documentation. */
@NullMarked
package dev.nodepass.runtime.observe;

import org.jspecify.annotations.NullMarked;
