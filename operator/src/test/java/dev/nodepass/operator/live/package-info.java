/**
 * The packaged operator at work on a real API server, with the rights that the shipped manifests
 * give it and no more.
 */
@NullMarked
package dev.nodepass.operator.live;

import org.jspecify.annotations.NullMarked;
