/** How a tunnel is seen. */
@NullMarked
package dev.nodepass.operator.observe;

import org.jspecify.annotations.NullMarked;
