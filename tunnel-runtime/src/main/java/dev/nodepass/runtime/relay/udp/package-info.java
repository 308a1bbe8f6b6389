/**
 * Moves datagrams: on a protocol 1 data connection, one request and at most one answer.
 *
 * <p>Runs on the event loop of the data connection. Knows no sessions.
 */
@NullMarked
package dev.nodepass.runtime.relay.udp;

import org.jspecify.annotations.NullMarked;
