/**
 * The client role: a session with each server, in the protocol that it speaks, and data connections
 * opened ahead of need.
 *
 * <p>The sessions and their bookkeeping are owned by one event loop; data connections are spread
 * over all.
 */
@NullMarked
package dev.nodepass.runtime.client;

import org.jspecify.annotations.NullMarked;
