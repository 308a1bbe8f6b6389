/**
 * The serving side of a tunnel: from the launch of a data connection to the service. The client has
 * it in reverse mode, the server in forward mode.
 *
 * <p>Places are handed out on one loop; what is served lives on the loop of its data connection.
 * Knows no sessions.
 */
@NullMarked
package dev.nodepass.runtime.serve;

import org.jspecify.annotations.NullMarked;
