/**
 * Who the peers of a session are: shared keys, the proofs made with them, tickets.
 *
 * <p>Pure, but for the reading of key files. No thread of its own. Shows no secret.
 */
@NullMarked
package dev.nodepass.runtime.identity;

import org.jspecify.annotations.NullMarked;
