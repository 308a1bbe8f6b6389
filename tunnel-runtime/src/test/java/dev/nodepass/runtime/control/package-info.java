/** The codec of signals and the state machines, as pure functions. */
@NullMarked
package dev.nodepass.runtime.control;

import org.jspecify.annotations.NullMarked;
