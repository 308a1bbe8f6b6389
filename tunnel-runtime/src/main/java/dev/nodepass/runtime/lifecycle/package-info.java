/**
 * From start to exit, for both roles: back-off between attempts, draining, stopping.
 *
 * <p>Runs on one event loop; {@link dev.nodepass.runtime.lifecycle.Tunnel} is what a role
 * implements.
 */
@NullMarked
package dev.nodepass.runtime.lifecycle;

import org.jspecify.annotations.NullMarked;
