/**
 * The client role: one session with a server, data connections opened ahead of need, and the dial
 * to the service.
 *
 * <p>The session and its bookkeeping are owned by one event loop; data connections are spread over
 * all.
 */
@NullMarked
package dev.nodepass.runtime.client;

import org.jspecify.annotations.NullMarked;
