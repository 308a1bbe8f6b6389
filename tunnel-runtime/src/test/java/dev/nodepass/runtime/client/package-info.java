/** How a client keeps its pool. */
@NullMarked
package dev.nodepass.runtime.client;

import org.jspecify.annotations.NullMarked;
