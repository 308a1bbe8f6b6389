/** Delays between attempts, and the words for failures. */
@NullMarked
package dev.nodepass.runtime.lifecycle;

import org.jspecify.annotations.NullMarked;
