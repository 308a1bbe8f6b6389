/**
 * Signals on the control channel, their codec, and one state machine per session and protocol.
 *
 * <p>Nothing here does I/O: a state machine takes events and returns actions, which the shells in
 * {@code server} and {@code client} carry out on the event loop that owns the session.
 */
@NullMarked
package dev.nodepass.runtime.control;

import org.jspecify.annotations.NullMarked;
