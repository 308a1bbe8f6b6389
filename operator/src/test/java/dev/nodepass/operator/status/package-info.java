/** Conditions for what can be seen of a tunnel. */
@NullMarked
package dev.nodepass.operator.status;

import org.jspecify.annotations.NullMarked;
