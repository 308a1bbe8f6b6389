/** Frames, in pieces of any size. */
@NullMarked
package dev.nodepass.runtime.relay.frame;

import org.jspecify.annotations.NullMarked;
