/**
 * The certificate of the tunnel port and the TLS contexts of both roles.
 *
 * <p>Built once at start, used from every event loop. Logs no secret.
 */
@NullMarked
package dev.nodepass.runtime.tls;

import org.jspecify.annotations.NullMarked;
