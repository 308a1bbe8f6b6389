/**
 * What others see: metrics, health checks, the status page, refusals.
 *
 * <p>Counters may be touched from every thread; nothing here changes what the tunnel does.
 */
@NullMarked
package dev.nodepass.runtime.observe;

import org.jspecify.annotations.NullMarked;
