/**
 * The kinds of resources that tunnels own, and the caches in which the operator sees them. Used on
 * reconciler threads; the caches are filled by watches.
 */
@NullMarked
package dev.nodepass.operator.kinds;

import org.jspecify.annotations.NullMarked;
