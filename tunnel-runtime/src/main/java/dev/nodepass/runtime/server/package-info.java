/**
 * The server role: listeners for users and for clients, sessions, and the way from a user to a data
 * connection.
 *
 * <p>A session is owned by the event loop of its control connection; users run on their own loops.
 * The text of a protocol belongs to {@code control}.
 */
@NullMarked
package dev.nodepass.runtime.server;

import org.jspecify.annotations.NullMarked;
