/**
 * What Kubernetes resources a tunnel should have. Pure functions: a resource and what was seen of
 * the cluster go in, the full set comes out, in a fixed order and the same each time. Nothing here
 * asks the cluster, the clock or a source of random numbers, and no thread is needed.
 */
@NullMarked
package dev.nodepass.operator.plan;

import org.jspecify.annotations.NullMarked;
