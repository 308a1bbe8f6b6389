/** Who may come in. */
@NullMarked
package dev.nodepass.runtime.serve;

import org.jspecify.annotations.NullMarked;
