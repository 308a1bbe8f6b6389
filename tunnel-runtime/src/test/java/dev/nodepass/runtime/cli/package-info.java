/** Command lines and their answers. */
@NullMarked
package dev.nodepass.runtime.cli;

import org.jspecify.annotations.NullMarked;
