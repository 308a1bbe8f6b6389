/**
 * The certificate of the tunnel port and the TLS contexts of both roles.
 *
 * <p>Built at start and when a file has changed, used from every event loop. Logs no secret.
 */
@NullMarked
package dev.nodepass.runtime.tls;

import org.jspecify.annotations.NullMarked;
