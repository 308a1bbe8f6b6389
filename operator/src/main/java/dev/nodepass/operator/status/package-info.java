/**
 * How a tunnel is: what was seen of its pods, Services and of the runtime in them goes in, the
 * whole status of the resource comes out. All conditions are found here. Pure functions, of no
 * thread; the time comes with what was seen.
 */
@NullMarked
package dev.nodepass.operator.status;

import org.jspecify.annotations.NullMarked;
