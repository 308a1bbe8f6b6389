/**
 * Frames of protocol 2: type, length, payload. Source: docs/protocol.md, "A TCP stream on TLS" and
 * "UDP".
 *
 * <p>Pure codec, no I/O; used on the loop of the connection that carries the frames.
 */
@NullMarked
package dev.nodepass.runtime.relay.frame;

import org.jspecify.annotations.NullMarked;
