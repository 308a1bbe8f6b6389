/** Who may come in. */
@NullMarked
package dev.nodepass.runtime.listen;

import org.jspecify.annotations.NullMarked;
