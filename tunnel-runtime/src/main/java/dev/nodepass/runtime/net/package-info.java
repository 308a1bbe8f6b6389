/**
 * Sockets of Vert.x handed to the tunnel as Netty channels: event loops, listeners on all of them,
 * dials.
 *
 * <p>The one package that may use {@code io.vertx.core.impl} and {@code io.vertx.core.net.impl}.
 * Why it does: docs/adr/0003-channels-taken-over-from-vertx.md.
 */
@NullMarked
package dev.nodepass.runtime.net;

import org.jspecify.annotations.NullMarked;
