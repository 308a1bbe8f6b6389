/**
 * Whole tunnels: both roles against each other and against other implementations, over real
 * sockets.
 */
@NullMarked
package dev.nodepass.runtime.tunnel;

import org.jspecify.annotations.NullMarked;
