/**
 * A session of protocol 2, as far as it is the same for server and client: the control connection's
 * shell, and the data connections of the listening and of the serving side.
 *
 * <p>A session is owned by the loop of its control connection; data connections live on all loops.
 */
@NullMarked
package dev.nodepass.runtime.session;

import org.jspecify.annotations.NullMarked;
