/** Which package may know which, and what the documentation says. */
@NullMarked
package dev.nodepass.runtime.rules;

import org.jspecify.annotations.NullMarked;
