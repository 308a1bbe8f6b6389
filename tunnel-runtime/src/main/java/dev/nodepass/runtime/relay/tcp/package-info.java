/**
 * Moves the bytes of one user: two legs, half-close and reset passed on, memory bounded.
 *
 * <p>Each leg runs on the event loop of its own channel; a relay whose legs share a loop needs no
 * hand-over. Knows no sessions.
 */
@NullMarked
package dev.nodepass.runtime.relay.tcp;

import org.jspecify.annotations.NullMarked;
