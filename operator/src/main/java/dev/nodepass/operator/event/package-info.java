/** Tells the cluster what happened to a tunnel, as Events. Runs on reconciler threads. */
@NullMarked
package dev.nodepass.operator.event;

import org.jspecify.annotations.NullMarked;
