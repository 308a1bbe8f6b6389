/**
 * Idle data connections, the users who wait for one, and how many there should be.
 *
 * <p>Lock-free and callable from every event loop; the sizing is a pure function. Does not know
 * what a connection is used for.
 */
@NullMarked
package dev.nodepass.runtime.pool;

import org.jspecify.annotations.NullMarked;
